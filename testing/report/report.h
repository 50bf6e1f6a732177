// What a run of gpu_test found, as plain data.
#ifndef ATTUNE_TESTING_REPORT_REPORT_H_
#define ATTUNE_TESTING_REPORT_REPORT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "numerics/statistics.h"

namespace attune {

// Blocked: what was asked could not be tried here (no GPU, too little memory, no profiler), which
// is neither a pass nor a failure. A test that skips itself is no pass either.
enum class Outcome { kPassed, kFailed, kBlocked, kSkipped };

// "PASS", "FAIL", "BLOCKED", "SKIPPED".
absl::string_view OutcomeName(Outcome outcome);

// What gpu_test exits with: 0 passed, 1 failed, 2 blocked.
int ExitCode(Outcome outcome);

// One test case, or one thing that had to work.
struct CaseResult {
  std::string program;  // "//testing/gpu:attention_gpu_test"
  std::string name;     // "Dtypes/EveryDtype.LengthsScaleOddOnesToo/bf16"
  Outcome outcome = Outcome::kPassed;
  double seconds = 0;
  std::string message;  // why it did not pass
};

// One benchmark over its repetitions.
struct Measurement {
  std::string program;
  std::string name;
  // Seconds an iteration took, one for each repetition.
  std::vector<double> seconds;
  double median = 0;
  // Of the median, at 95 %; none for fewer than 6 repetitions.
  std::optional<Interval> interval;
  // Median over the repetitions; none where the benchmark counts no operations.
  std::optional<double> gflops;
  // The other counters that the benchmark reports, by name: medians over the repetitions.
  std::vector<std::pair<std::string, double>> counters;
};

// Anything else worth a table: which family serves what, a profiler's metrics.
struct ReportTable {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

struct Report {
  std::string command;  // "test"
  std::string target;   // "all"
  Outcome outcome = Outcome::kFailed;
  std::string reason;   // why, unless it passed
  std::string started;  // "2026-11-22T19:45:00Z"
  double seconds = 0;
  // What it ran on and with: device, memory, revision, iterations.
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::string> notes;
  std::vector<CaseResult> cases;
  std::vector<Measurement> measurements;
  std::vector<ReportTable> tables;
};

// How many cases have this outcome.
int CountCases(const Report& report, Outcome outcome);

// Sets outcome and reason by what the report holds: failed if a case did, or if there is neither a
// case nor a measurement; else blocked if a case was blocked or skipped; else passed.
void Conclude(Report& report);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_REPORT_H_
