#ifndef ATTUNE_AUTOTUNE_SEARCH_EXHAUSTIVE_SEARCHER_H_
#define ATTUNE_AUTOTUNE_SEARCH_EXHAUSTIVE_SEARCHER_H_

#include <optional>

#include "autotune/search/candidate_pool.h"
#include "autotune/search/searcher.h"

namespace attune {

// Every candidate: the default first, then the others in the problem's order.
class ExhaustiveSearcher : public Searcher {
 public:
  explicit ExhaustiveSearcher(SearchProblem problem);

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override;

 private:
  CandidatePool pool_;
  size_t next_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_EXHAUSTIVE_SEARCHER_H_
