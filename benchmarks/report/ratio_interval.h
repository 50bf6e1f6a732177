// How many times as long one set of samples took as another, unpaired.
#ifndef ATTUNE_BENCHMARKS_REPORT_RATIO_INTERVAL_H_
#define ATTUNE_BENCHMARKS_REPORT_RATIO_INTERVAL_H_

#include "absl/types/span.h"
#include "numerics/statistics.h"

namespace attune {

struct Ratio {
  // Hodges-Lehmann's estimate: the median of all ratios of a new sample to an old one.
  double estimate = 1;
  // What the Wilcoxon-Mann-Whitney test does not refuse at the confidence asked for; (0, infinity)
  // where there are too few samples for that (5 against 5 at 0.995).
  Interval interval;
};

// The interval is between order statistics of all ratios: it assumes that both sets have the same
// shape on a logarithmic scale, and no distribution. Exact where the two counts' product is at most
// 400, normal approximation with continuity correction beyond. Of more than 2000 samples of a set
// as many are used, evenly spaced. Needs a sample of each, all above zero.
// Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd edition, sections 4.1-4.3.
Ratio RatioOf(absl::Span<const double> new_samples, absl::Span<const double> old_samples,
              double confidence);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_RATIO_INTERVAL_H_
