#ifndef ATTUNE_AUTOTUNE_SEARCH_GENETIC_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCH_GENETIC_SEARCHER_H_

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "autotune/search/candidate_pool.h"
#include "autotune/search/searcher.h"

namespace attune {

struct GeneticOptions {
  // Parents are drawn from so many, the fastest; the first so many proposals are the default and
  // random ones.
  size_t population = 20;
  // The better of so many draws becomes a parent.
  int tournament = 2;
};

// A steady-state genetic strategy: each proposal is the child of two parents, parameter by
// parameter from either, each parameter changed to another value with a probability of one in their
// number. A child that constraints do not admit, or that was tried, is replaced by the untried
// candidate that shares the most parameters with it. Whitley, "The GENITOR algorithm and selection
// pressure", ICGA 1989 (steady state); Syswerda, "Uniform crossover in genetic algorithms", ICGA
// 1989.
class GeneticSearcher : public Searcher {
 public:
  explicit GeneticSearcher(SearchProblem problem, GeneticOptions options = {});

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override;

 private:
  size_t Parent();
  std::vector<uint16_t> Child();
  size_t ClosestUntried(const std::vector<uint16_t>& child);

  const int64_t max_outstanding_;
  CandidatePool pool_;
  const GeneticOptions options_;
  std::mt19937_64 generator_;
  std::vector<size_t> population_;    // the fastest first
  std::vector<uint16_t> rank_count_;  // of each parameter
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_GENETIC_SEARCHER_H_
