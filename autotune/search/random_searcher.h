#ifndef ATTUNE_AUTOTUNE_SEARCH_RANDOM_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCH_RANDOM_SEARCHER_H_

#include <optional>
#include <random>

#include "autotune/search/candidate_pool.h"
#include "autotune/search/searcher.h"

namespace attune {

// Candidates drawn uniformly without replacement, the default first. The same problem and seed give
// the same sequence on every machine.
class RandomSearcher : public Searcher {
 public:
  explicit RandomSearcher(SearchProblem problem);

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override;

 private:
  CandidatePool pool_;
  std::mt19937_64 generator_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_RANDOM_SEARCHER_H_
