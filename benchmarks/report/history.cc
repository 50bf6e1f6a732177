#include "benchmarks/report/history.h"

namespace attune {
namespace {

bool IsChange(SpeedVerdict verdict) {
  return verdict == SpeedVerdict::kFaster || verdict == SpeedVerdict::kSlower;
}

}  // namespace

std::vector<ChangePoint> FindChangePoints(absl::Span<const std::vector<double>> runs,
                                          const VerdictOptions& options) {
  std::vector<ChangePoint> changes;
  if (runs.empty()) return changes;
  std::vector<double> level = runs[0];
  for (size_t i = 1; i < runs.size(); ++i) {
    const SpeedComparison comparison = CompareSpeed(runs[i], level, options);
    if (!IsChange(comparison.verdict)) {
      level.insert(level.end(), runs[i].begin(), runs[i].end());
      continue;
    }
    const bool is_last = i + 1 == runs.size();
    const bool confirmed =
        !is_last && CompareSpeed(runs[i + 1], level, options).verdict == comparison.verdict;
    if (!is_last && !confirmed) continue;
    changes.push_back({.run = i, .comparison = comparison, .confirmed = confirmed});
    level = runs[i];
  }
  return changes;
}

}  // namespace attune
