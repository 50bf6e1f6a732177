#include "testing/report/gpu_test.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "testing/report/commands.h"
#include "testing/report/device_state.h"
#include "testing/report/format.h"
#include "testing/report/html_report.h"
#include "testing/report/json_report.h"
#include "testing/report/junit_report.h"
#include "testing/report/options.h"
#include "testing/report/session.h"
#include "testing/report/test_verdict.h"
#include "testing/report/written_files.h"

namespace attune {
namespace {

constexpr int kNeedsBundle = 3;

absl::Status ReadBundle(Session& session) {
  const std::string& directory = session.options.bundle;
  if (directory.empty()) return absl::InvalidArgumentError("--bundle is needed");
  ATTUNE_ASSIGN_OR_RETURN(const std::string text, ReadFile(directory + "/programs.tsv"));
  ATTUNE_ASSIGN_OR_RETURN(session.bundle, ParseBundle(directory, text));
  return absl::OkStatus();
}

// Unavailable where there is no GPU, less memory than was asked for, or no build as was asked for.
absl::Status CheckMachine(const Session& session, Report& report) {
  const auto assertions = session.bundle.facts.find("assertions");
  const bool is_release = assertions != session.bundle.facts.end() && assertions->second == "off";
  if (session.options.release && !is_release) {
    return absl::UnavailableError(
        "--release: this bundle was built with assertions; make one without: tools/bazel run "
        "//tools:bundle -- --release OUT_DIR");
  }
  ATTUNE_ASSIGN_OR_RETURN(const Program probe, session.bundle.Tool("gpu_validate"));
  ATTUNE_ASSIGN_OR_RETURN(const ProcessResult process,
                          RunAndLog(session, {probe.path, "--probe"}, "probe"));
  if (const auto reason = BlockedReason(process)) return absl::UnavailableError(*reason);
  if (!process.ok()) {
    return absl::InternalError(
        absl::StrCat("gpu_validate --probe: ", process.Describe(), "\n", Tail(process.output, 30)));
  }
  ATTUNE_ASSIGN_OR_RETURN(const ProbedGpu state, ParseProbedGpu(process.output));
  *session.out << state.device << std::endl;
  report.facts.emplace_back("device", state.device);
  report.facts.emplace_back(
      "memory", absl::StrCat(FormatGigabytes(static_cast<double>(state.free_bytes)), " free of ",
                             FormatGigabytes(static_cast<double>(state.total_bytes))));
  const absl::Status memory = CheckFreeMemory(state, session.options.min_vram_gb);
  return memory.ok() ? memory : absl::UnavailableError(memory.message());
}

absl::Status CheckTarget(const Session& session, Report& report) {
  const bool has_ternary = !Select(session.bundle, "test", Target::kTernary).empty();
  if (has_ternary) return absl::OkStatus();
  constexpr char kMissing[] =
      "this build has no ternary operator: nothing under //attention/ternary to run";
  if (session.options.target == Target::kTernary) return absl::UnavailableError(kMissing);
  if (session.options.target == Target::kAll) report.notes.push_back(kMissing);
  return absl::OkStatus();
}

absl::Status RunCommand(const Session& session, Report& report) {
  switch (session.options.command) {
    case Command::kTest:
      return RunTests(session, report);
    case Command::kBenchmark:
      return RunBenchmarks(session, report);
    case Command::kValidate:
      return RunValidation(session, report);
    case Command::kProfile:
      return RunProfile(session, report);
    case Command::kClean:
    case Command::kHelp:
      break;
  }
  return absl::InternalError("this command has nothing to report");
}

absl::Status Run(Session& session, Report& report) {
  ATTUNE_RETURN_IF_ERROR(ReadBundle(session));
  for (const auto& [name, value] : session.bundle.facts) report.facts.emplace_back(name, value);
  report.facts.emplace_back("iterations", absl::StrCat(session.options.iterations));
  ATTUNE_RETURN_IF_ERROR(CheckTarget(session, report));
  ATTUNE_RETURN_IF_ERROR(CheckMachine(session, report));
  return RunCommand(session, report);
}

void ConcludeWith(const absl::Status& status, Report& report) {
  Conclude(report);
  if (status.ok()) return;
  report.outcome = absl::IsUnavailable(status) ? Outcome::kBlocked : Outcome::kFailed;
  report.reason = std::string(status.message());
}

absl::Status WriteReports(const Options& options, const Report& report) {
  const std::string stem = absl::StrCat(options.report_dir, "/", report.command);
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(stem + ".json", ToJson(report)));
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(stem + ".xml", ToJunit(report)));
  return WriteFileAtomically(stem + ".html", ToHtml(report));
}

void PrintTable(const ReportTable& table, std::ostream& out) {
  std::vector<Column> columns;
  for (const std::string& title : table.columns) columns.push_back({title});
  out << "\n" << table.title << "\n" << FormatTable(columns, table.rows);
}

void Print(const Options& options, const Report& report, std::ostream& out) {
  for (const CaseResult& result : report.cases) {
    // What passed is in the reports; here only where it says more than that.
    if (result.outcome == Outcome::kPassed && result.message.empty()) continue;
    out << OutcomeName(result.outcome) << "  " << result.name << ": " << result.message << "\n";
  }
  if (!report.measurements.empty()) PrintTable(MeasurementTable(report.measurements), out);
  for (const ReportTable& table : report.tables) PrintTable(table, out);
  for (const std::string& note : report.notes) out << note << "\n";
  out << "\nreports: " << options.report_dir << "/" << report.command << ".{json,xml,html}\n"
      << OutcomeName(report.outcome) << (report.reason.empty() ? "" : ": ") << report.reason
      << std::endl;
}

absl::StatusOr<int> Perform(const Options& options, std::ostream& out) {
  ATTUNE_ASSIGN_OR_RETURN(WrittenFiles files, WrittenFiles::Open(options.report_dir));
  Session session = {.options = options, .bundle = {}, .out = &out, .files = &files};
  Report report;
  report.command = CommandName(options.command);
  report.target = TargetName(options.target);
  const absl::Time start = absl::Now();
  report.started = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", start, absl::UTCTimeZone());
  const absl::Status status = Run(session, report);
  report.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  ConcludeWith(status, report);
  const absl::Status written = WriteReports(options, report);
  ATTUNE_RETURN_IF_ERROR(files.Record());
  ATTUNE_RETURN_IF_ERROR(written);
  Print(options, report, out);
  return ExitCode(report.outcome);
}

// A bundle takes minutes to make: what would fail behind it is told before.
absl::StatusOr<int> Postpone(const Options& options) {
  ATTUNE_RETURN_IF_ERROR(WrittenFiles::Open(options.report_dir).status());
  return kNeedsBundle;
}

absl::StatusOr<int> CleanUp(const Options& options, std::ostream& out) {
  ATTUNE_ASSIGN_OR_RETURN(const Cleaned cleaned, RemoveWrittenFiles(options.report_dir));
  out << "removed " << cleaned.removed << (cleaned.removed == 1 ? " file" : " files") << " from "
      << options.report_dir << "\n";
  for (const std::string& name : cleaned.left)
    out << "left, not written by gpu_test: " << name << "\n";
  return 0;
}

}  // namespace

int GpuTest(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& errors) {
  const absl::StatusOr<Options> options = ParseOptions(arguments);
  if (!options.ok()) {
    errors << "gpu_test: " << options.status().message() << ". --help says what there is.\n";
    return 1;
  }
  if (options->command == Command::kHelp) {
    out << kHelp;
    return 0;
  }
  const absl::StatusOr<int> code = options->command == Command::kClean ? CleanUp(*options, out)
                                   : options->without_bundle           ? Postpone(*options)
                                                                       : Perform(*options, out);
  if (code.ok()) return *code;
  errors << "gpu_test: " << code.status().message() << "\n";
  return 1;
}

}  // namespace attune
