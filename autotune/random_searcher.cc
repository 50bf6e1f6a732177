#include "autotune/random_searcher.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace attune {
namespace {

// Uniform in [0, bound). Not std::uniform_int_distribution, whose results differ between standard
// libraries.
uint64_t UniformBelow(uint64_t bound, std::mt19937_64& generator) {
  // Rejects the incomplete last run of residues, which would favour the small ones.
  const uint64_t limit = std::numeric_limits<uint64_t>::max() / bound * bound;
  uint64_t draw = generator();
  while (draw >= limit) draw = generator();
  return draw % bound;
}

}  // namespace

RandomSearcher::RandomSearcher(SearchProblem problem)
    : candidates_(std::move(problem.candidates)), generator_(problem.seed) {
  const auto first =
      std::find(candidates_.begin(), candidates_.end(), problem.default_configuration);
  default_first_ = first != candidates_.end();
  if (default_first_) std::iter_swap(candidates_.begin(), first);
}

std::optional<Configuration> RandomSearcher::Ask() {
  if (next_ == candidates_.size()) return std::nullopt;
  // One step of a Fisher-Yates shuffle.
  if (next_ > 0 || !default_first_) {
    const uint64_t offset = UniformBelow(candidates_.size() - next_, generator_);
    std::swap(candidates_[next_], candidates_[next_ + offset]);
  }
  return candidates_[next_++];
}

}  // namespace attune
