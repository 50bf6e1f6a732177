// One benchmark on one machine over time.
#ifndef ATTUNE_BENCHMARKS_REPORT_HISTORY_H_
#define ATTUNE_BENCHMARKS_REPORT_HISTORY_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "benchmarks/report/verdict.h"

namespace attune {

struct ChangePoint {
  size_t run = 0;  // the first of the new level
  // Of that run, with as many of those after it as a decision takes, with all runs since the last
  // change.
  SpeedComparison comparison;
  // Whether what comes after them differs in the same direction. The last run is followed by none,
  // others perhaps by too few samples to say.
  bool confirmed = false;
};

// Walks along the runs (each its samples, oldest first) and compares each with the samples of all
// runs since the last change. Where these are too few for any verdict (5 against 5 at 0.995), the
// runs after it are taken with it until they are enough. What is faster or slower is a change point
// unless its successors refute it, taken together in the same way; then it is an outlier and leaves
// the level as it was.
std::vector<ChangePoint> FindChangePoints(absl::Span<const std::vector<double>> runs,
                                          const VerdictOptions& options);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_HISTORY_H_
