#include "benchmarks/report/dashboard_command.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "autotune/trial_log.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "benchmarks/report/dashboard_data.h"
#include "benchmarks/report/result_folder.h"
#include "benchmarks/report/tuning_run.h"
#include "benchmarks/report/working_directory.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(dashboard FOLDER -o FILE.html

Writes one HTML file that shows the results under FOLDER: Google Benchmark's JSON files (*.json) and
the tuner's trial logs (*.log). It opens from disk and asks nothing of a network. What cannot be
read is named here and on the page.

Exit code: 0 the file was written, 2 it was not.
)";

struct DashboardOptions {
  std::string folder;
  std::string output;
  bool help = false;
};

absl::StatusOr<DashboardOptions> ParseDashboardOptions(const std::vector<std::string>& arguments) {
  DashboardOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--help" || arguments[i] == "-h") {
      options.help = true;
      return options;
    }
    if (arguments[i] == "-o") {
      if (++i == arguments.size()) return absl::InvalidArgumentError("-o needs a file");
      options.output = arguments[i];
    } else if (absl::StartsWith(arguments[i], "-") || !options.folder.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", arguments[i], "\" is left over; see --help"));
    } else {
      options.folder = arguments[i];
    }
  }
  if (options.folder.empty() || options.output.empty()) {
    return absl::InvalidArgumentError("a folder and -o FILE.html are expected; see --help");
  }
  return options;
}

DashboardInput ReadInput(ResultFolder results, const std::string& folder) {
  DashboardInput input;
  input.results = std::move(results);
  for (const std::string& path : input.results.trial_logs) {
    const absl::StatusOr<TrialLog> log = ReadTrialLog(absl::StrCat(folder, "/", path));
    if (log.ok()) {
      input.tuning.push_back({path, SummariseTrialLog(*log, input.verdict)});
    } else {
      input.results.skipped.push_back({path, std::string(log.status().message())});
    }
  }
  return input;
}

absl::Status WriteDashboard(const DashboardOptions& options, PageParts page, std::ostream& out) {
  const std::string folder = FromWorkingDirectory(options.folder);
  ATTUNE_ASSIGN_OR_RETURN(ResultFolder results, ReadResultFolder(folder));
  const DashboardInput input = ReadInput(std::move(results), folder);
  page.data = DashboardJson(input);
  ATTUNE_ASSIGN_OR_RETURN(const std::string html, ComposePage(page));
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(FromWorkingDirectory(options.output), html));
  for (const SkippedFile& skipped : input.results.skipped) {
    out << "skipped " << skipped.path << ": " << skipped.reason << "\n";
  }
  out << options.output << ": " << input.results.files.size() << " result files, "
      << input.tuning.size() << " trial logs, " << input.results.skipped.size() << " skipped\n";
  return absl::OkStatus();
}

}  // namespace

int RunDashboardCommand(const std::vector<std::string>& arguments, PageParts page,
                        std::ostream& out, std::ostream& err) {
  const absl::StatusOr<DashboardOptions> options = ParseDashboardOptions(arguments);
  if (options.ok() && options->help) {
    out << kHelp;
    return 0;
  }
  const absl::Status status =
      options.ok() ? WriteDashboard(*options, std::move(page), out) : options.status();
  if (status.ok()) return 0;
  err << "dashboard: " << status.message() << "\n";
  return 2;
}

}  // namespace attune
