#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "testing/report/commands.h"
#include "testing/report/test_verdict.h"

namespace attune {
namespace {

std::string Summary(const std::vector<CaseResult>& cases) {
  Report report;
  report.cases = cases;
  return absl::StrFormat("%d passed, %d failed, %d blocked, %d skipped",
                         CountCases(report, Outcome::kPassed), CountCases(report, Outcome::kFailed),
                         CountCases(report, Outcome::kBlocked),
                         CountCases(report, Outcome::kSkipped));
}

absl::StatusOr<std::vector<CaseResult>> RunOne(const Session& session, const Program& program,
                                               int iteration) {
  const std::string name = absl::StrCat(program.FileName(), ".", iteration);
  ATTUNE_ASSIGN_OR_RETURN(const std::string json,
                          NewArtifact(session, absl::StrCat(name, ".json")));
  ATTUNE_ASSIGN_OR_RETURN(
      const ProcessResult process,
      RunAndLog(session, {program.path, absl::StrCat("--gtest_output=json:", json)}, name));
  const absl::StatusOr<std::string> text = ReadFile(json);
  return JudgeTest(program.label, process,
                   text.ok() ? std::optional<std::string>(*text) : std::nullopt);
}

}  // namespace

absl::Status RunTests(const Session& session, Report& report) {
  const int iterations = session.options.iterations;
  for (int iteration = 1; iteration <= iterations; ++iteration) {
    for (const Program& program : Select(session.bundle, "test", session.options.target)) {
      *session.out << program.label << " ..." << std::endl;
      ATTUNE_ASSIGN_OR_RETURN(std::vector<CaseResult> cases, RunOne(session, program, iteration));
      *session.out << program.label << ": " << Summary(cases) << std::endl;
      for (CaseResult& result : cases) {
        if (iterations > 1) absl::StrAppend(&result.name, " (run ", iteration, ")");
        report.cases.push_back(std::move(result));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace attune
