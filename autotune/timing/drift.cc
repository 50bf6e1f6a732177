#include "autotune/timing/drift.h"

#include <algorithm>

#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

// With too few samples for an interval, the extremes.
Interval IntervalOf(absl::Span<const double> samples) {
  if (const auto interval = MedianInterval(samples, kConfidence)) return *interval;
  const auto [least, most] = std::minmax_element(samples.begin(), samples.end());
  return {*least, *most};
}

}  // namespace

double DriftCorrection::Factor(absl::Span<const double> reference) {
  if (!first_.has_value()) first_.emplace(reference.begin(), reference.end());
  const Interval then = IntervalOf(*first_);
  const Interval now = IntervalOf(reference);
  if (now.lower <= then.upper && then.lower <= now.upper) return 1;
  return Median(reference) / Median(*first_);
}

}  // namespace attune
