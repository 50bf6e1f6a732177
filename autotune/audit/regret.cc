#include "autotune/audit/regret.h"

#include <cassert>

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

// Winner over rival, less 1, in every other round from `first` on.
std::vector<double> Excess(absl::Span<const double> winner, absl::Span<const double> rival,
                           size_t first) {
  std::vector<double> excess;
  for (size_t i = first; i < winner.size(); i += 2) excess.push_back(winner[i] / rival[i] - 1);
  return excess;
}

}  // namespace

Regret RegretOf(absl::Span<const double> winner, absl::Span<const std::vector<double>> rivals) {
  assert(winner.size() >= kMinRegretRounds && !rivals.empty());
  Regret regret;
  double largest = 0;
  for (size_t r = 0; r < rivals.size(); ++r) {
    assert(rivals[r].size() == winner.size());
    const double excess = Median(Excess(winner, rivals[r], 0));
    if (r > 0 && excess <= largest) continue;
    regret.rival = r;
    largest = excess;
  }
  const std::vector<double> unseen = Excess(winner, rivals[regret.rival], 1);
  regret.estimate = Median(unseen);
  regret.interval = MedianInterval(unseen, kConfidence).value();
  return regret;
}

}  // namespace attune
