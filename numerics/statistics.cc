#include "numerics/statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace attune {
namespace {

std::vector<double> Sorted(absl::Span<const double> samples) {
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// How many of the smallest of `count` samples may lie below the interval: the largest k for which a
// fair coin, tossed `count` times, shows fewer than k heads with a probability of at most `tail`.
size_t RankOfLowerBound(size_t count, double tail) {
  const double n = static_cast<double>(count);
  // Of (count choose rank) / 2^count. Not by std::lgamma, which writes to a global variable.
  double log_probability = -n * std::log(2.0);
  double below = 0;
  size_t rank = 0;
  while (2 * rank < count) {
    below += std::exp(log_probability);
    if (below > tail) break;
    const double k = static_cast<double>(rank);
    log_probability += std::log((n - k) / (k + 1));
    ++rank;
  }
  return rank;
}

}  // namespace

double Quantile(absl::Span<const double> samples, double q) {
  assert(!samples.empty() && q >= 0 && q <= 1);
  const std::vector<double> sorted = Sorted(samples);
  const double position = q * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

double Median(absl::Span<const double> samples) { return Quantile(samples, 0.5); }

std::optional<Interval> MedianInterval(absl::Span<const double> samples, double confidence) {
  assert(confidence > 0 && confidence < 1);
  const size_t rank = RankOfLowerBound(samples.size(), (1 - confidence) / 2);
  if (rank == 0) return std::nullopt;
  const std::vector<double> sorted = Sorted(samples);
  return Interval{sorted[rank - 1], sorted[sorted.size() - rank]};
}

double RelativeMedianError(absl::Span<const double> samples, double confidence) {
  const std::optional<Interval> interval = MedianInterval(samples, confidence);
  if (!interval.has_value()) return std::numeric_limits<double>::infinity();
  const double median = std::abs(Median(samples));
  if (median == 0) return std::numeric_limits<double>::infinity();
  return (interval->upper - interval->lower) / 2 / median;
}

}  // namespace attune
