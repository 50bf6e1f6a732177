#include "autotune/search/exhaustive_searcher.h"

#include <utility>

namespace attune {

ExhaustiveSearcher::ExhaustiveSearcher(SearchProblem problem)
    : pool_(std::move(problem.candidates), problem.default_configuration) {}

std::optional<Configuration> ExhaustiveSearcher::Ask() {
  if (std::optional<Configuration> first = pool_.AskForDefault()) return first;
  while (next_ < pool_.size() && pool_.tried(next_)) ++next_;
  if (next_ == pool_.size()) return std::nullopt;
  return pool_.Ask(next_++);
}

void ExhaustiveSearcher::Tell(const Configuration& configuration, const Evaluation& evaluation) {
  pool_.Tell(configuration, evaluation);
}

}  // namespace attune
