#include "autotune/exhaustive_searcher.h"

#include <algorithm>
#include <utility>

namespace attune {

ExhaustiveSearcher::ExhaustiveSearcher(SearchProblem problem)
    : queue_(std::move(problem.candidates)) {
  const auto first = std::find(queue_.begin(), queue_.end(), problem.default_configuration);
  if (first != queue_.end()) std::rotate(queue_.begin(), first, first + 1);
}

std::optional<Configuration> ExhaustiveSearcher::Ask() {
  if (next_ == queue_.size()) return std::nullopt;
  return queue_[next_++];
}

}  // namespace attune
