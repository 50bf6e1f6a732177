#include "autotune/search/random_searcher.h"

#include <utility>

#include "autotune/search/random_draws.h"

namespace attune {

RandomSearcher::RandomSearcher(SearchProblem problem)
    : pool_(std::move(problem.candidates), problem.default_configuration),
      generator_(problem.seed) {}

std::optional<Configuration> RandomSearcher::Ask() {
  if (std::optional<Configuration> first = pool_.AskForDefault()) return first;
  if (pool_.untried().empty()) return std::nullopt;
  return pool_.Ask(pool_.untried()[UniformBelow(pool_.untried().size(), generator_)]);
}

void RandomSearcher::Tell(const Configuration& configuration, const Evaluation& evaluation) {
  pool_.Tell(configuration, evaluation);
}

}  // namespace attune
