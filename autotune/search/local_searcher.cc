#include "autotune/search/local_searcher.h"

#include <utility>

#include "autotune/search/random_draws.h"

namespace attune {

LocalSearcher::LocalSearcher(SearchProblem problem)
    : max_outstanding_(MaxOutstanding(problem)),
      pool_(std::move(problem.candidates), problem.default_configuration),
      generator_(problem.seed) {}

std::optional<Configuration> LocalSearcher::Ask() {
  if (std::optional<Configuration> first = pool_.AskForDefault()) return first;
  if (pool_.outstanding() >= max_outstanding_) return std::nullopt;
  while (!frontier_.empty()) {
    const size_t next = frontier_.back();
    frontier_.pop_back();
    if (!pool_.tried(next)) return pool_.Ask(next);
  }
  // What is outstanding may improve on where the descent stands.
  if (pool_.outstanding() > 0 || pool_.untried().empty()) return std::nullopt;
  current_nanoseconds_ = std::numeric_limits<double>::infinity();
  return pool_.Ask(pool_.untried()[UniformBelow(pool_.untried().size(), generator_)]);
}

void LocalSearcher::Tell(const Configuration& configuration, const Evaluation& evaluation) {
  const std::optional<size_t> told = pool_.Tell(configuration, evaluation);
  if (!told.has_value() || pool_.nanoseconds(*told) >= current_nanoseconds_) return;
  current_nanoseconds_ = pool_.nanoseconds(*told);
  frontier_ = pool_.Neighbours(*told);
  Shuffle(frontier_, generator_);
}

}  // namespace attune
