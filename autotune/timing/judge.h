// Decides between finalists from paired rounds of samples.
#ifndef ATTUNE_AUTOTUNE_TIMING_JUDGE_H_
#define ATTUNE_AUTOTUNE_TIMING_JUDGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace attune {

struct Finalist {
  // One time per round, in any unit, above zero; the i-th times of all finalists are of one round.
  std::vector<double> rounds;
  // What breaks ties, by name; a name that is missing counts as zero.
  std::map<std::string, int64_t, std::less<>> resources;
};

struct Verdict {
  size_t winner = 0;
  // The one with the smallest median of its times relative to their rounds' medians.
  size_t fastest = 0;
  // All finalists that cannot be told from the fastest, ascending: the fastest and the winner among
  // them.
  std::vector<size_t> tied;
  // For each finalist: probability of the rounds seen were it as fast as the fastest, or slower by
  // no more than the equivalence (1 for the fastest itself).
  std::vector<double> p_values;
  // How much more time the best of the others needs than the winner, as a fraction of the winner's
  // (the median over rounds of the ratio, less 1). Below zero where the incumbent stayed inside the
  // noise. Nullopt for a single finalist.
  std::optional<double> margin;
};

// Compares each finalist with the fastest by a one-sided Wilcoxon signed-rank test on the
// logarithms of the paired ratios (Wilcoxon, "Individual Comparisons by Ranking Methods", 1945), at
// `significance` divided by the number of comparisons (Bonferroni). Those not slower, by more than
// the fraction `equivalence`, at that level tie: with enough rounds a test tells any two apart, and
// a difference that nobody would notice is no reason for another winner.
//
// Of the tied wins the `incumbent`, if it is one of them: a finalist as fast as the others
// displaces an equal incumbent with a probability of at most `significance`. Otherwise, of those
// that were also measured to be within `equivalence` of the fastest, the one that uses the least
// resources (the smallest sum of log2(1 + amount)), then the one with the smallest median, then the
// first. Not of all that tie: the leanest is often the slowest of those that the test just lets
// pass, and would not tie if everything were tuned again. InvalidArgument: no finalists, no rounds,
// unequal numbers of rounds, times that are not above zero, an incumbent that is no finalist, a
// significance outside (0, 1), an equivalence below 0.
absl::StatusOr<Verdict> Judge(absl::Span<const Finalist> finalists, std::optional<size_t> incumbent,
                              double significance, double equivalence = 0);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TIMING_JUDGE_H_
