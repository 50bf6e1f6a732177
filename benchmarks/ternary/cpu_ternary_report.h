// What the benchmark of ternary products on the CPU is held to.
#ifndef ATTUNE_BENCHMARKS_TERNARY_CPU_TERNARY_REPORT_H_
#define ATTUNE_BENCHMARKS_TERNARY_CPU_TERNARY_REPORT_H_

#include <string>

#include "benchmarks/ternary/rival_times.h"

namespace attune {

// The rivals, as benchmarks are named.
constexpr char kCpuTernaryMatmul[] = "cpu_ternary_matmul";
constexpr char kOpenblas[] = "openblas";
constexpr char kQuantizer[] = "quantizer";

// 0: none.
struct CpuTernaryLimits {
  double min_over_sgemv = 0;  // of each product at batch 1 that OpenBLAS ran too
  double max_quantizer_seconds = 0;
};

struct CpuTernaryReport {
  std::string text;
  // A line for each limit that was not kept, or that nothing was held to; empty if there is none.
  std::string missed;
};

CpuTernaryReport ReportCpuTernary(const RivalTimes& times, const CpuTernaryLimits& limits);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_TERNARY_CPU_TERNARY_REPORT_H_
