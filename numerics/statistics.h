// Order statistics of samples. None assumes a distribution: kernel times are skewed and have
// outliers.
#ifndef ATTUNE_NUMERICS_STATISTICS_H_
#define ATTUNE_NUMERICS_STATISTICS_H_

#include <optional>

#include "absl/types/span.h"

namespace attune {

// The `q`-quantile, 0 <= q <= 1, of at least one sample, interpolated linearly between order
// statistics (definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996).
double Quantile(absl::Span<const double> samples, double q);

// The 0.5-quantile of at least one sample, in the samples' unit: of an even number of samples the
// mean of the middle two.
double Median(absl::Span<const double> samples);

struct Interval {
  double lower = 0;
  double upper = 0;
};

// The narrowest interval between symmetric order statistics that covers the distribution's median
// with at least `confidence` (0 < confidence < 1), whatever the distribution; nullopt where even
// the extremes do not: fewer than 6 samples at 0.95. David and Nagaraja, "Order Statistics", 3rd
// edition, section 7.1.
std::optional<Interval> MedianInterval(absl::Span<const double> samples, double confidence);

// Half the width of MedianInterval over the median; infinite where there is no interval or the
// median is zero.
double RelativeMedianError(absl::Span<const double> samples, double confidence);

}  // namespace attune

#endif  // ATTUNE_NUMERICS_STATISTICS_H_
