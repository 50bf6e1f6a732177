// Two result files, benchmark by benchmark.
#ifndef ATTUNE_BENCHMARKS_REPORT_RUN_COMPARISON_H_
#define ATTUNE_BENCHMARKS_REPORT_RUN_COMPARISON_H_

#include <string>
#include <utility>
#include <vector>

#include "benchmarks/report/verdict.h"
#include "measurements/result_file.h"

namespace attune {

struct ComparedBenchmark {
  std::string name;
  double old_median = 0;  // seconds
  double new_median = 0;
  SpeedComparison comparison;
};

struct RunComparison {
  // In the new file's order.
  std::vector<ComparedBenchmark> compared;
  // What only one file has, and what failed there in place of being measured.
  std::vector<std::string> only_old;
  std::vector<std::string> only_new;
  std::vector<FailedBenchmark> failed_now;
};

// By benchmarks' names, whatever else the files say: that they are of one machine is the caller's
// matter.
RunComparison CompareRuns(const ResultFile& old_file, const ResultFile& new_file,
                          const VerdictOptions& options);

// Whether something became slower, or failed that was measured before.
bool HasRegression(const RunComparison& comparison);

// For a terminal: a table, what has no partner, and a line with the count of each verdict.
std::string ComparisonTable(const RunComparison& comparison);

// {"regression": ..., "benchmarks": [{"name", "verdict", "ratio", "ratio_low", "ratio_high",
// "old_seconds", "new_seconds"}], "only_old", "only_new", "failed"}. Ends of an interval without
// bounds are null.
std::string ComparisonJson(const RunComparison& comparison);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_RUN_COMPARISON_H_
