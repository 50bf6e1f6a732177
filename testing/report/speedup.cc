#include "testing/report/speedup.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "testing/report/format.h"

namespace attune {
namespace {

struct BenchmarkName {
  std::string problem;
  std::string family;
};

// Google Benchmark appends to a name how its time was taken.
BenchmarkName ParseName(absl::string_view name) {
  if (!absl::ConsumeSuffix(&name, "/manual_time")) absl::ConsumeSuffix(&name, "/real_time");
  const size_t slash = name.rfind('/');
  if (slash == absl::string_view::npos) return {std::string(name), ""};
  return {std::string(name.substr(0, slash)), std::string(name.substr(slash + 1))};
}

bool IsOfCpu(const BenchmarkName& name) { return absl::StartsWith(name.family, "cpu_"); }

}  // namespace

std::vector<CaseResult> JudgeSpeedups(const std::vector<Measurement>& measurements, double factor) {
  // By program and problem.
  std::map<std::pair<std::string, std::string>, double> fastest_of_cpu;
  for (const Measurement& measurement : measurements) {
    const BenchmarkName name = ParseName(measurement.name);
    if (!IsOfCpu(name)) continue;
    const auto [at, is_new] =
        fastest_of_cpu.emplace(std::pair(measurement.program, name.problem), measurement.median);
    if (!is_new && measurement.median < at->second) at->second = measurement.median;
  }
  std::vector<CaseResult> results;
  for (const Measurement& measurement : measurements) {
    const BenchmarkName name = ParseName(measurement.name);
    const auto cpu = fastest_of_cpu.find({measurement.program, name.problem});
    if (IsOfCpu(name) || cpu == fastest_of_cpu.end()) continue;
    const bool fast_enough = cpu->second >= factor * measurement.median;
    results.push_back({.program = measurement.program,
                       .name = absl::StrFormat("%s/%s is at least %gx faster than the CPU",
                                               name.problem, name.family, factor),
                       .outcome = fast_enough ? Outcome::kPassed : Outcome::kFailed,
                       .message = absl::StrFormat(
                           "%s on the CPU, %s on the GPU: %.3gx", FormatSeconds(cpu->second),
                           FormatSeconds(measurement.median), cpu->second / measurement.median)});
  }
  return results;
}

}  // namespace attune
