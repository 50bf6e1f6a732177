#include "testing/report/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace attune {

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "PASS";
    case Outcome::kFailed:
      return "FAIL";
    case Outcome::kBlocked:
      return "BLOCKED";
    case Outcome::kSkipped:
      return "SKIPPED";
  }
  return "FAIL";
}

int ExitCode(Outcome outcome) {
  if (outcome == Outcome::kPassed) return 0;
  return outcome == Outcome::kFailed ? 1 : 2;
}

int CountCases(const Report& report, Outcome outcome) {
  return static_cast<int>(
      std::count_if(report.cases.begin(), report.cases.end(),
                    [&](const CaseResult& result) { return result.outcome == outcome; }));
}

void Conclude(Report& report) {
  const int failed = CountCases(report, Outcome::kFailed);
  const int blocked = CountCases(report, Outcome::kBlocked);
  const int skipped = CountCases(report, Outcome::kSkipped);
  if (report.cases.empty() && report.measurements.empty()) {
    report.outcome = Outcome::kFailed;
    report.reason = "nothing ran";
  } else if (failed > 0) {
    report.outcome = Outcome::kFailed;
    report.reason = absl::StrCat(failed, " of ", report.cases.size(), " failed");
  } else if (blocked + skipped > 0) {
    report.outcome = Outcome::kBlocked;
    report.reason = absl::StrCat(blocked, " of ", report.cases.size(), " blocked, ", skipped,
                                 " skipped: what did not run did not pass");
  } else {
    report.outcome = Outcome::kPassed;
    report.reason.clear();
  }
}

}  // namespace attune
