#include "testing/report/junit_report.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "testing/report/markup.h"

namespace attune {
namespace {

// All that JUnit knows of, as cases: a measurement is one that passed.
std::vector<CaseResult> AllCases(const Report& report) {
  std::vector<CaseResult> cases = report.cases;
  for (const Measurement& measurement : report.measurements) {
    cases.push_back(
        {.program = measurement.program, .name = measurement.name, .seconds = measurement.median});
  }
  if (cases.empty()) {
    cases.push_back({.program = "gpu_test",
                     .name = absl::StrCat(report.command, " ", report.target),
                     .outcome = report.outcome,
                     .seconds = report.seconds,
                     .message = report.reason});
  }
  return cases;
}

struct Counts {
  int tests = 0;
  int failures = 0;
  int skipped = 0;
  double seconds = 0;
};

Counts Count(const std::vector<CaseResult>& cases) {
  Counts counts;
  for (const CaseResult& result : cases) {
    ++counts.tests;
    counts.failures += result.outcome == Outcome::kFailed;
    counts.skipped += result.outcome == Outcome::kBlocked || result.outcome == Outcome::kSkipped;
    counts.seconds += result.seconds;
  }
  return counts;
}

std::string Attributes(const Counts& counts) {
  return absl::StrFormat("tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\" time=\"%.6f\"",
                         counts.tests, counts.failures, counts.skipped, counts.seconds);
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string ToElement(const CaseResult& result) {
  std::string element =
      absl::StrFormat("    <testcase classname=\"%s\" name=\"%s\" time=\"%.6f\"",
                      EscapeMarkup(result.program), EscapeMarkup(result.name), result.seconds);
  if (result.outcome == Outcome::kPassed) return absl::StrCat(element, "/>\n");
  if (result.outcome == Outcome::kFailed) {
    return absl::StrCat(element, ">\n      <failure message=\"",
                        EscapeMarkup(FirstLine(result.message)), "\">",
                        EscapeMarkup(result.message), "</failure>\n    </testcase>\n");
  }
  return absl::StrCat(element, ">\n      <skipped message=\"", OutcomeName(result.outcome), ": ",
                      EscapeMarkup(result.message), "\"/>\n    </testcase>\n");
}

}  // namespace

std::string ToJunit(const Report& report) {
  const std::vector<CaseResult> cases = AllCases(report);
  std::map<std::string, std::vector<CaseResult>> by_program;
  for (const CaseResult& result : cases) by_program[result.program].push_back(result);
  std::string xml =
      absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"",
                   EscapeMarkup(report.command), "\" ", Attributes(Count(cases)), ">\n");
  for (const auto& [program, results] : by_program) {
    absl::StrAppend(&xml, "  <testsuite name=\"", EscapeMarkup(program), "\" ",
                    Attributes(Count(results)), " timestamp=\"", EscapeMarkup(report.started),
                    "\">\n");
    for (const CaseResult& result : results) absl::StrAppend(&xml, ToElement(result));
    absl::StrAppend(&xml, "  </testsuite>\n");
  }
  return absl::StrCat(xml, "</testsuites>\n");
}

}  // namespace attune
