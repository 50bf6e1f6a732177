// Which device is how much faster, from what a run has measured.
#ifndef ATTUNE_BENCHMARKS_COMPARISON_H_
#define ATTUNE_BENCHMARKS_COMPARISON_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "benchmarks/attention_benchmark.h"

namespace attune {

struct Speedup {
  std::string problem;  // ProblemName
  std::string gpu_case;
  std::string cpu_case;  // the fastest of the CPU's
  double gpu_seconds = 0;
  double cpu_seconds = 0;

  double ratio() const { return cpu_seconds / gpu_seconds; }
};

// Medians of every case that a GPU has run beside those of the fastest on the CPU of the same
// problem; cases without one are left out.
std::vector<Speedup> GpuOverCpu(absl::Span<const TimedCase> cases);

// A table of them.
std::string SpeedupTable(absl::Span<const Speedup> speedups);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_COMPARISON_H_
