// The interval of the median among a benchmark's aggregates.
#ifndef ATTUNE_BENCHMARKS_MEDIAN_INTERVAL_H_
#define ATTUNE_BENCHMARKS_MEDIAN_INTERVAL_H_

#include <benchmark/benchmark.h>

namespace attune {

// Adds median_low and median_high to what the repetitions of `benchmark` come to: the ends of the
// 95 % interval of the median (MedianInterval), or, of fewer than 6 repetitions, the extremes.
void AddMedianInterval(benchmark::internal::Benchmark& benchmark);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_MEDIAN_INTERVAL_H_
