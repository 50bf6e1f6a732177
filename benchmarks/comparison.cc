#include "benchmarks/comparison.h"

#include <map>

#include "absl/strings/str_format.h"
#include "base/text_table.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

struct Fastest {
  std::string name;
  double seconds = 0;
};

std::string ProblemOf(const TimedCase& c) {
  return ProblemName(c.timed.problem, c.timed.family->direction());
}

std::map<std::string, Fastest> FastestOnCpu(absl::Span<const TimedCase> cases) {
  std::map<std::string, Fastest> fastest;
  for (const TimedCase& c : cases) {
    if (c.device != DeviceKind::kCpu || c.seconds.empty()) continue;
    const double median = Median(c.seconds);
    const auto [found, is_new] =
        fastest.insert({ProblemOf(c), {.name = CaseName(c.timed), .seconds = median}});
    if (!is_new && median < found->second.seconds) found->second = {CaseName(c.timed), median};
  }
  return fastest;
}

}  // namespace

std::vector<Speedup> GpuOverCpu(absl::Span<const TimedCase> cases) {
  const std::map<std::string, Fastest> cpu = FastestOnCpu(cases);
  std::vector<Speedup> speedups;
  for (const TimedCase& c : cases) {
    const auto rival = cpu.find(ProblemOf(c));
    if (c.device == DeviceKind::kCpu || c.seconds.empty() || rival == cpu.end()) continue;
    speedups.push_back({.problem = rival->first,
                        .gpu_case = CaseName(c.timed),
                        .cpu_case = rival->second.name,
                        .gpu_seconds = Median(c.seconds),
                        .cpu_seconds = rival->second.seconds});
  }
  return speedups;
}

std::string SpeedupTable(absl::Span<const Speedup> speedups) {
  std::vector<std::vector<std::string>> rows;
  for (const Speedup& s : speedups) {
    rows.push_back({s.gpu_case, absl::StrFormat("%.4f ms", s.gpu_seconds * 1e3),
                    absl::StrFormat("%.3f ms", s.cpu_seconds * 1e3),
                    absl::StrFormat("%.1f", s.ratio())});
  }
  return FormatTable(
      {{"case"}, {"GPU", Align::kRight}, {"CPU", Align::kRight}, {"CPU / GPU", Align::kRight}},
      rows);
}

}  // namespace attune
