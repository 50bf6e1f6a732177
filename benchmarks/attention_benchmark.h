// Attention cases as Google Benchmark programs run them: a repetition is one sample, so that result
// files hold every sample.
#ifndef ATTUNE_BENCHMARKS_ATTENTION_BENCHMARK_H_
#define ATTUNE_BENCHMARKS_ATTENTION_BENCHMARK_H_

#include <vector>

#include "benchmarks/attention_case.h"
#include "benchmarks/ceilings.h"
#include "device/device.h"

namespace attune {

// Where cases run. Both must live until the program has run its benchmarks; the ceilings may be
// null.
struct BenchmarkedDevice {
  Device* device = nullptr;
  const Ceilings* ceilings = nullptr;
};

// Registers `timed` under its name. Time is the device's own (AttentionSubject::Sample), in
// milliseconds; counters: TFLOP/s of the matrix products that the mask leaves, GB/s of the fewest
// bytes that can be moved, peak_MiB of device memory and peak_over_tensors, its ratio to the
// tensors alone; with ceilings, of_ceiling, the share of what the machine can do at most
// (ShareOfCeiling); where the device tells, sm_MHz and temperature_C just after the sample.
// Aggregates include the 95 % interval of the median (median_low, median_high).
void RegisterAttentionBenchmark(const AttentionCase& timed, const BenchmarkedDevice& on);

// What was measured of one case.
struct TimedCase {
  AttentionCase timed;
  DeviceKind device = DeviceKind::kCpu;
  std::vector<double> seconds;
};

// All cases that have run so far, in the order in which they first did.
const std::vector<TimedCase>& TimedCases();

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ATTENTION_BENCHMARK_H_
