#include "testing/report/speedup.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "testing/report/format.h"

namespace attune {
namespace {

CaseResult Judge(const Measurement& cpu, const std::vector<Measurement>& measurements,
                 absl::string_view problem, double factor) {
  CaseResult result = {
      .program = cpu.program,
      .name = absl::StrFormat("gpu is at least %gx faster than cpu: %s", factor, problem),
      .outcome = Outcome::kFailed};
  const std::string wanted = absl::StrCat("gpu/", problem);
  const auto gpu =
      std::find_if(measurements.begin(), measurements.end(), [&](const Measurement& measurement) {
        return measurement.program == cpu.program && measurement.name == wanted;
      });
  if (gpu == measurements.end()) {
    result.message = absl::StrCat(wanted, " was not measured");
    return result;
  }
  if (cpu.median >= factor * gpu->median) result.outcome = Outcome::kPassed;
  result.message = absl::StrFormat("%s on the CPU, %s on the GPU: %.3gx", FormatSeconds(cpu.median),
                                   FormatSeconds(gpu->median), cpu.median / gpu->median);
  return result;
}

}  // namespace

std::vector<CaseResult> JudgeSpeedups(const std::vector<Measurement>& measurements, double factor) {
  std::vector<CaseResult> results;
  for (const Measurement& measurement : measurements) {
    absl::string_view problem = measurement.name;
    if (!absl::ConsumePrefix(&problem, "cpu/")) continue;
    results.push_back(Judge(measurement, measurements, problem, factor));
  }
  return results;
}

}  // namespace attune
