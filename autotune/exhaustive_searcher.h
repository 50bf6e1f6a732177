#ifndef ATTUNE_AUTOTUNE_EXHAUSTIVE_SEARCHER_H_
#define ATTUNE_AUTOTUNE_EXHAUSTIVE_SEARCHER_H_

#include <optional>
#include <vector>

#include "autotune/searcher.h"

namespace attune {

// Every candidate: the default first, then the others in the problem's order.
class ExhaustiveSearcher : public Searcher {
 public:
  explicit ExhaustiveSearcher(SearchProblem problem);

  std::optional<Configuration> Ask() override;
  void Tell(const Configuration&, const Evaluation&) override {}

 private:
  std::vector<Configuration> queue_;
  size_t next_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXHAUSTIVE_SEARCHER_H_
