// All that the dashboard shows, computed once, as JSON for its scripts to draw.
#ifndef ATTUNE_BENCHMARKS_REPORT_DASHBOARD_DATA_H_
#define ATTUNE_BENCHMARKS_REPORT_DASHBOARD_DATA_H_

#include <map>
#include <string>
#include <vector>

#include "benchmarks/report/tuning_run.h"
#include "benchmarks/report/verdict.h"
#include "measurements/result_folder.h"

namespace attune {

struct NamedTuningRun {
  std::string path;
  TuningRun run;
};

struct DashboardInput {
  ResultFolder results;
  std::vector<NamedTuningRun> tuning;
  VerdictOptions verdict;
  // Comparisons of pairs of runs are computed, the closest in time first, up to so many verdicts.
  size_t most_verdicts = 200'000;
};

// {"columns", "fields", "operations", "rows", "strings", "files", "skipped", "histories",
// "comparisons", "comparisons_left_out", "tuning", "verdict"}. Times are in seconds. Each of
// "columns" and of "fields" (what names say of their problem, benchmark_name.h) has an entry for
// each row, text as an index into "strings". Rows of one "problem" compute the same on one machine;
// problems of one "kind" differ in sizes alone. A verdict is [SpeedVerdict, ratio, low,
// high]. Of two files compared "a" is the older one.
std::string DashboardJson(const DashboardInput& input);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_DASHBOARD_DATA_H_
