#include "autotune/search/genetic_searcher.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "autotune/search/random_draws.h"

namespace attune {

GeneticSearcher::GeneticSearcher(SearchProblem problem, GeneticOptions options)
    : max_outstanding_(MaxOutstanding(problem)),
      pool_(std::move(problem.candidates), problem.default_configuration),
      options_(options),
      generator_(problem.seed) {
  for (size_t i = 0; i < pool_.size(); ++i) {
    const absl::Span<const uint16_t> ranks = pool_.ranks(i);
    rank_count_.resize(ranks.size());
    for (size_t p = 0; p < ranks.size(); ++p) {
      rank_count_[p] = std::max<uint16_t>(rank_count_[p], ranks[p] + 1);
    }
  }
}

std::optional<Configuration> GeneticSearcher::Ask() {
  if (std::optional<Configuration> first = pool_.AskForDefault()) return first;
  if (pool_.untried().empty() || pool_.outstanding() >= max_outstanding_) return std::nullopt;
  const size_t tried = pool_.size() - pool_.untried().size();
  if (tried < options_.population || population_.size() < 2) {
    return pool_.Ask(pool_.untried()[UniformBelow(pool_.untried().size(), generator_)]);
  }
  return pool_.Ask(ClosestUntried(Child()));
}

void GeneticSearcher::Tell(const Configuration& configuration, const Evaluation& evaluation) {
  const std::optional<size_t> told = pool_.Tell(configuration, evaluation);
  if (!told.has_value() || std::isinf(pool_.nanoseconds(*told))) return;
  const auto place = std::upper_bound(
      population_.begin(), population_.end(), *told,
      [this](size_t a, size_t b) { return pool_.nanoseconds(a) < pool_.nanoseconds(b); });
  population_.insert(place, *told);
  if (population_.size() > options_.population) population_.pop_back();
}

size_t GeneticSearcher::Parent() {
  size_t best = population_.size() - 1;
  for (int i = 0; i < options_.tournament; ++i) {
    best = std::min<size_t>(best, UniformBelow(population_.size(), generator_));
  }
  return population_[best];
}

std::vector<uint16_t> GeneticSearcher::Child() {
  const absl::Span<const uint16_t> one = pool_.ranks(Parent());
  const absl::Span<const uint16_t> other = pool_.ranks(Parent());
  std::vector<uint16_t> child;
  for (size_t p = 0; p < one.size(); ++p) {
    child.push_back(UniformBelow(2, generator_) == 0 ? one[p] : other[p]);
    if (rank_count_[p] > 1 && UniformBelow(one.size(), generator_) == 0) {
      const uint64_t step = 1 + UniformBelow(rank_count_[p] - 1, generator_);
      child[p] = static_cast<uint16_t>((child[p] + step) % rank_count_[p]);
    }
  }
  return child;
}

size_t GeneticSearcher::ClosestUntried(const std::vector<uint16_t>& child) {
  size_t best_shared = 0;
  std::vector<size_t> closest;
  for (const size_t i : pool_.untried()) {
    const absl::Span<const uint16_t> ranks = pool_.ranks(i);
    size_t shared = 0;
    for (size_t p = 0; p < child.size(); ++p) shared += ranks[p] == child[p];
    if (shared > best_shared) closest.clear();
    if (shared >= best_shared) closest.push_back(i);
    best_shared = std::max(best_shared, shared);
  }
  return closest[UniformBelow(closest.size(), generator_)];
}

}  // namespace attune
