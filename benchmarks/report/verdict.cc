#include "benchmarks/report/verdict.h"

namespace attune {

absl::string_view SpeedVerdictName(SpeedVerdict verdict) {
  switch (verdict) {
    case SpeedVerdict::kFaster:
      return "FASTER";
    case SpeedVerdict::kSlower:
      return "SLOWER";
    case SpeedVerdict::kSame:
      return "SAME";
    case SpeedVerdict::kAmbiguous:
      return "AMBIGUOUS";
  }
  return "";
}

SpeedComparison CompareSpeed(absl::Span<const double> new_samples,
                             absl::Span<const double> old_samples, const VerdictOptions& options) {
  SpeedComparison result;
  result.ratio = RatioOf(new_samples, old_samples, options.confidence);
  const Interval& interval = result.ratio.interval;
  const Interval narrow = RatioOf(new_samples, old_samples, options.same_confidence).interval;
  if (narrow.lower >= 1 / (1 + options.bound) && narrow.upper <= 1 + options.bound) {
    result.verdict = SpeedVerdict::kSame;
  } else if (interval.upper < 1) {
    result.verdict = SpeedVerdict::kFaster;
  } else if (interval.lower > 1) {
    result.verdict = SpeedVerdict::kSlower;
  }
  return result;
}

}  // namespace attune
