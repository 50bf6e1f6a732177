#include "benchmarks/ternary/cpu_ternary_report.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

void ReportProducts(const RivalTimes& times, double least, CpuTernaryReport& report) {
  bool any = false;
  for (const auto& [problem, ratio] : times.Ratios(kOpenblas, kCpuTernaryMatmul)) {
    absl::StrAppend(&report.text, problem, ": ", ratio, " times as fast as OpenBLAS\n");
    if (!absl::StrContains(problem, "/m:1/")) continue;
    any = true;
    if (ratio >= least) continue;
    absl::StrAppend(&report.missed, problem, " is less than ", least, " times as fast as sgemv\n");
  }
  if (any || least == 0) return;
  absl::StrAppend(&report.missed, "no product at batch 1 ran beside sgemv, which is to take ",
                  least, " times as long\n");
}

void ReportQuantizer(const RivalTimes& times, double most, CpuTernaryReport& report) {
  if (most == 0) return;
  const auto medians = times.Medians(kQuantizer);
  for (const auto& [problem, seconds] : medians) {
    if (seconds <= most) continue;
    absl::StrAppend(&report.missed, problem, " took ", seconds, " s, more than ", most, "\n");
  }
  if (!medians.empty()) return;
  absl::StrAppend(&report.missed, "the quantizer, which is to take at most ", most,
                  " s, did not run\n");
}

}  // namespace

CpuTernaryReport ReportCpuTernary(const RivalTimes& times, const CpuTernaryLimits& limits) {
  CpuTernaryReport report = {.text = times.Table()};
  ReportProducts(times, limits.min_over_sgemv, report);
  ReportQuantizer(times, limits.max_quantizer_seconds, report);
  return report;
}

}  // namespace attune
