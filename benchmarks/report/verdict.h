// Whether a benchmark became faster or slower.
#ifndef ATTUNE_BENCHMARKS_REPORT_VERDICT_H_
#define ATTUNE_BENCHMARKS_REPORT_VERDICT_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "benchmarks/report/ratio_interval.h"

namespace attune {

enum class SpeedVerdict { kFaster, kSlower, kSame, kAmbiguous };

// "FASTER" and so on.
absl::string_view SpeedVerdictName(SpeedVerdict verdict);

struct VerdictOptions {
  // Of the interval of the ratio that calls a difference. At 0.995 five samples against six can
  // decide, five against five cannot.
  double confidence = 0.995;
  // Of the interval that calls two runs the same: two one-sided tests at 2.5 % (Schuirmann, "A
  // comparison of the two one-sided tests procedure", 1987). Four a side can decide.
  double same_confidence = 0.95;
  // What counts as no change: ratios from 1 / (1 + bound) to 1 + bound.
  double bound = 0.01;
};

struct SpeedComparison {
  SpeedVerdict verdict = SpeedVerdict::kAmbiguous;
  Ratio ratio;  // of the new times to the old, at `confidence`
};

// Same where the interval at `same_confidence` lies within the bound (a difference may be certain
// and too small to matter); else faster or slower where that at `confidence` leaves out 1; else
// ambiguous: more samples would tell.
// Samples of a run are taken as independent: what shifts a whole run (clocks, a neighbour) is
// beyond any test on one run a side.
SpeedComparison CompareSpeed(absl::Span<const double> new_samples,
                             absl::Span<const double> old_samples, const VerdictOptions& options);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_VERDICT_H_
