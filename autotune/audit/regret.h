// How much time a winner costs over the best of its rivals.
#ifndef ATTUNE_AUTOTUNE_AUDIT_REGRET_H_
#define ATTUNE_AUTOTUNE_AUDIT_REGRET_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "numerics/statistics.h"

namespace attune {

struct Regret {
  // Index of the rival that it is against.
  size_t rival = 0;
  // How much more time the winner takes than it, as a fraction of its time: the median over rounds.
  // Below zero where the winner is faster than all rivals.
  double estimate = 0;
  // Where the median of the ratio lies, at 95 %.
  Interval interval;
};

// Half of fewer rounds give no interval, and without one no winner could be said to be slower.
inline constexpr int kMinRegretRounds = 12;

// From interleaved rounds: the i-th times of the winner and of all rivals, of which there must be
// at least one, are of one round; there must be at least kMinRegretRounds. The rounds with even
// numbers choose the rival, the others say how far it is ahead: the best of many looks better than
// it is in the rounds that it was chosen by.
Regret RegretOf(absl::Span<const double> winner, absl::Span<const std::vector<double>> rivals);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_AUDIT_REGRET_H_
