// Whether the GPU is worth its name.
#ifndef ATTUNE_TESTING_REPORT_SPEEDUP_H_
#define ATTUNE_TESTING_REPORT_SPEEDUP_H_

#include <vector>

#include "testing/report/report.h"

namespace attune {

// A case for each measurement "cpu/NAME" of a program that has a "gpu/NAME" too: passed if the
// CPU's median time is at least `factor` times the GPU's. One without a counterpart failed.
std::vector<CaseResult> JudgeSpeedups(const std::vector<Measurement>& measurements, double factor);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_SPEEDUP_H_
