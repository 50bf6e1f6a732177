#include "benchmarks/median_interval.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

double MedianLow(const std::vector<double>& samples) {
  const std::optional<Interval> interval = MedianInterval(samples, kConfidence);
  return interval ? interval->lower : *std::min_element(samples.begin(), samples.end());
}
double MedianHigh(const std::vector<double>& samples) {
  const std::optional<Interval> interval = MedianInterval(samples, kConfidence);
  return interval ? interval->upper : *std::max_element(samples.begin(), samples.end());
}

}  // namespace

void AddMedianInterval(benchmark::internal::Benchmark& benchmark) {
  benchmark.ComputeStatistics("median_low", MedianLow)
      ->ComputeStatistics("median_high", MedianHigh);
}

}  // namespace attune
