// One benchmark on one machine over time.
#ifndef ATTUNE_BENCHMARKS_REPORT_HISTORY_H_
#define ATTUNE_BENCHMARKS_REPORT_HISTORY_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "benchmarks/report/verdict.h"

namespace attune {

struct ChangePoint {
  size_t run = 0;              // the first of the new level
  SpeedComparison comparison;  // of that run with all runs since the last change
  // Whether the run after it differs in the same direction. The last run has none.
  bool confirmed = false;
};

// Walks along the runs (each its samples, oldest first) and compares each with the samples of all
// runs since the last change. One that is faster or slower is a change point if its successor is
// too, or if it is the last; a run alone is an outlier and leaves the level as it was.
std::vector<ChangePoint> FindChangePoints(absl::Span<const std::vector<double>> runs,
                                          const VerdictOptions& options);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_HISTORY_H_
