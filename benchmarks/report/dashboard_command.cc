#include "benchmarks/report/dashboard_command.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "autotune/trial_log/trial_log.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/working_directory.h"
#include "benchmarks/report/dashboard_data.h"
#include "benchmarks/report/folder_version.h"
#include "benchmarks/report/local_server.h"
#include "benchmarks/report/tuning_run.h"
#include "measurements/result_folder.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(dashboard FOLDER -o FILE.html
dashboard FOLDER --serve[=PORT]

Writes one HTML file that shows the results under FOLDER: Google Benchmark's JSON files (*.json) and
the tuner's trial logs (*.log). It opens from disk and asks nothing of a network. What cannot be
read is named here and on the page.

flags
  -o FILE          the file to write
  --serve[=PORT]   serve the page on this machine alone (port 8080), until interrupted; it follows
                   the files as they change
  --trials=FOLDER  trial logs from here too: ~/.cache/attune/trials is where a running tuner writes

Exit code: 0 the file was written, 2 it was not.
)";

constexpr int kDefaultPort = 8080;

struct DashboardOptions {
  std::string folder;
  std::string output;
  std::string trials;
  std::optional<int> port;  // to serve at
  bool help = false;
};

absl::StatusOr<DashboardOptions> ParseDashboardOptions(const std::vector<std::string>& arguments) {
  DashboardOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--help" || arguments[i] == "-h") {
      options.help = true;
      return options;
    }
    absl::string_view value = arguments[i];
    if (absl::ConsumePrefix(&value, "--trials=")) {
      options.trials = std::string(value);
    } else if (arguments[i] == "--serve") {
      options.port = kDefaultPort;
    } else if (absl::ConsumePrefix(&value, "--serve=")) {
      int port = 0;
      if (!absl::SimpleAtoi(value, &port) || port < 0 || port > 65535) {
        return absl::InvalidArgumentError(absl::StrCat("\"", value, "\" is no port"));
      }
      options.port = port;
    } else if (arguments[i] == "-o") {
      if (++i == arguments.size()) return absl::InvalidArgumentError("-o needs a file");
      options.output = arguments[i];
    } else if (absl::StartsWith(arguments[i], "-") || !options.folder.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", arguments[i], "\" is left over; see --help"));
    } else {
      options.folder = arguments[i];
    }
  }
  if (options.folder.empty() || options.output.empty() != options.port.has_value()) {
    return absl::InvalidArgumentError(
        "a folder and either -o FILE.html or --serve are expected; see --help");
  }
  return options;
}

void AddTrialLogs(const std::vector<std::string>& paths, const std::string& folder,
                  DashboardInput& input) {
  for (const std::string& path : paths) {
    const absl::StatusOr<TrialLog> log = ReadTrialLog(absl::StrCat(folder, "/", path));
    if (log.ok()) {
      input.tuning.push_back({path, SummariseTrialLog(*log, input.verdict)});
    } else {
      input.results.skipped.push_back({path, std::string(log.status().message())});
    }
  }
}

absl::StatusOr<DashboardInput> ReadInput(const DashboardOptions& options) {
  const std::string folder = FromWorkingDirectory(options.folder);
  DashboardInput input;
  ATTUNE_ASSIGN_OR_RETURN(input.results, ReadResultFolder(folder));
  AddTrialLogs(input.results.trial_logs, folder, input);
  if (!options.trials.empty()) {
    const std::string trials = FromWorkingDirectory(options.trials);
    ATTUNE_ASSIGN_OR_RETURN(const ResultFolder logs, ReadResultFolder(trials));
    AddTrialLogs(logs.trial_logs, trials, input);
  }
  return input;
}

absl::Status WriteDashboard(const DashboardOptions& options, PageParts page, std::ostream& out) {
  ATTUNE_ASSIGN_OR_RETURN(const DashboardInput input, ReadInput(options));
  page.data = DashboardJson(input);
  page.live_script.clear();
  ATTUNE_ASSIGN_OR_RETURN(const std::string html, ComposePage(page));
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(FromWorkingDirectory(options.output), html));
  for (const SkippedFile& skipped : input.results.skipped) {
    out << "skipped " << skipped.path << ": " << skipped.reason << "\n";
  }
  out << options.output << ": " << input.results.files.size() << " result files, "
      << input.tuning.size() << " trial logs, " << input.results.skipped.size() << " skipped\n";
  return absl::OkStatus();
}

HttpResponse ServePage(const DashboardOptions& options, const std::vector<std::string>& folders,
                       PageParts page) {
  // First: the page misses what changes from here on, and has to see it in the next version.
  page.version = FolderVersion(folders);
  const absl::StatusOr<DashboardInput> input = ReadInput(options);
  if (!input.ok()) return {.code = 500, .body = std::string(input.status().message())};
  page.data = DashboardJson(*input);
  absl::StatusOr<std::string> html = ComposePage(page);
  if (!html.ok()) return {.code = 500, .body = std::string(html.status().message())};
  return {.content_type = "text/html; charset=utf-8", .body = *std::move(html)};
}

// Until the process is interrupted.
absl::Status ServeDashboard(const DashboardOptions& options, const PageParts& page,
                            std::ostream& out) {
  std::vector<std::string> folders = {FromWorkingDirectory(options.folder)};
  if (!options.trials.empty()) folders.push_back(FromWorkingDirectory(options.trials));
  ATTUNE_RETURN_IF_ERROR(ReadInput(options).status());
  ATTUNE_ASSIGN_OR_RETURN(LocalServer server, LocalServer::Listen(*options.port));
  out << "http://localhost:" << server.port() << "/ until interrupted" << std::endl;
  const auto answer = [&](const std::string& path) -> HttpResponse {
    if (path == "/") return ServePage(options, folders, page);
    if (path == "/version") return {.body = FolderVersion(folders)};
    return {.code = 404, .body = "only / and /version\n"};
  };
  while (true) ATTUNE_RETURN_IF_ERROR(server.ServeOne(answer));
}

}  // namespace

int RunDashboardCommand(const std::vector<std::string>& arguments, PageParts page,
                        std::ostream& out, std::ostream& err) {
  const absl::StatusOr<DashboardOptions> options = ParseDashboardOptions(arguments);
  if (options.ok() && options->help) {
    out << kHelp;
    return 0;
  }
  const absl::Status status = !options.ok() ? options.status()
                              : options->port.has_value()
                                  ? ServeDashboard(*options, page, out)
                                  : WriteDashboard(*options, std::move(page), out);
  if (status.ok()) return 0;
  err << "dashboard: " << status.message() << "\n";
  return 2;
}

}  // namespace attune
