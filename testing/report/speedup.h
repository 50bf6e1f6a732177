// Whether the GPU is worth its name.
#ifndef ATTUNE_TESTING_REPORT_SPEEDUP_H_
#define ATTUNE_TESTING_REPORT_SPEEDUP_H_

#include <vector>

#include "testing/report/report.h"

namespace attune {

// Attention benchmarks are called PROBLEM/FAMILY (docs/benchmarks.md). For each problem that a
// program has timed both with families of the CPU ("cpu_...") and with others, a case for each of
// those others: passed if its median time goes at least `factor` times into that of the fastest
// family of the CPU.
std::vector<CaseResult> JudgeSpeedups(const std::vector<Measurement>& measurements, double factor);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_SPEEDUP_H_
