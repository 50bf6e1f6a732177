#ifndef ATTUNE_AUTOTUNE_SEARCH_LOCAL_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCH_LOCAL_SEARCHER_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "autotune/search/candidate_pool.h"
#include "autotune/search/searcher.h"

namespace attune {

// Local search with restarts: descends from the default (or from the best of an earlier search) by
// first improvement. The neighbours of where it stands (CandidatePool::Neighbours) are tried in
// random order; the first that is faster is where it stands next. Where none is, it descends again
// from a random untried candidate. Hoos and Stuetzle, "Stochastic Local Search", 2004, section 2.1.
class LocalSearcher : public Searcher {
 public:
  explicit LocalSearcher(SearchProblem problem);

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override;

 private:
  const int64_t max_outstanding_;
  CandidatePool pool_;
  std::mt19937_64 generator_;
  // Of where this descent stands; infinite before its first candidate has run.
  double current_nanoseconds_ = std::numeric_limits<double>::infinity();
  // The neighbours to try, the next at the end.
  std::vector<size_t> frontier_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_LOCAL_SEARCHER_H_
