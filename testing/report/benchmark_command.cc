#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "testing/report/benchmark_results.h"
#include "testing/report/commands.h"
#include "testing/report/speedup.h"
#include "testing/report/test_verdict.h"

namespace attune {
namespace {

// The seed's limit for lengths of 512 and more.
constexpr double kSpeedup = 2;

// What programs do that have no mind of their own: a repetition lasts this many seconds.
Environment Defaults() { return {{"BENCHMARK_MIN_TIME", "0.05"}}; }

std::vector<std::string> Arguments(const Session& session, const Program& program,
                                   const std::string& json) {
  return {program.path, absl::StrCat("--benchmark_out=", json), "--benchmark_out_format=json",
          absl::StrCat("--benchmark_repetitions=", session.options.iterations),
          "--benchmark_min_warmup_time=0.05"};
}

CaseResult OfProgram(const Program& program, Outcome outcome, const std::string& message) {
  return {.program = program.label, .name = "(program)", .outcome = outcome, .message = message};
}

absl::Status RunOne(const Session& session, const Program& program, Report& report) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string json,
                          NewArtifact(session, absl::StrCat(program.FileName(), ".json")));
  ATTUNE_ASSIGN_OR_RETURN(
      const ProcessResult process,
      RunAndLog(session, Arguments(session, program, json), program.FileName(), Defaults()));
  if (const auto reason = BlockedReason(process)) {
    report.cases.push_back(OfProgram(program, Outcome::kBlocked, *reason));
    return absl::OkStatus();
  }
  const absl::StatusOr<std::string> text = ReadFile(json);
  const absl::StatusOr<BenchmarkResults> results =
      text.ok() ? ParseBenchmarkJson(program.label, *text) : text.status();
  if (!process.ok() || !results.ok()) {
    report.cases.push_back(OfProgram(
        program, Outcome::kFailed,
        absl::StrCat(process.ok() ? std::string(results.status().message()) : process.Describe(),
                     "\n", Tail(process.output, 30))));
    return absl::OkStatus();
  }
  report.measurements.insert(report.measurements.end(), results->measurements.begin(),
                             results->measurements.end());
  report.cases.insert(report.cases.end(), results->errors.begin(), results->errors.end());
  return absl::OkStatus();
}

}  // namespace

absl::Status RunBenchmarks(const Session& session, Report& report) {
  for (const Program& program : Select(session.bundle, "benchmark", session.options.target)) {
    *session.out << program.label << " ..." << std::endl;
    ATTUNE_RETURN_IF_ERROR(RunOne(session, program, report));
  }
  for (CaseResult& result : JudgeSpeedups(report.measurements, kSpeedup)) {
    report.cases.push_back(std::move(result));
  }
  return absl::OkStatus();
}

}  // namespace attune
