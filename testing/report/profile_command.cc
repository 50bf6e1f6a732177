#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "testing/report/commands.h"
#include "testing/report/profile_results.h"
#include "testing/report/test_verdict.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

// Problems of testing/gpu/standard_problems.h.
constexpr const char* kProblems[] = {"large_fp32", "large_fp16", "large_bf16"};

std::vector<std::string> Candidates() {
  std::vector<std::string> folders;
  for (const char* variable : {"PATH", "CUDA_HOME"}) {
    const char* value = std::getenv(variable);
    if (value == nullptr) continue;
    for (const absl::string_view folder : absl::StrSplit(value, ':', absl::SkipEmpty())) {
      folders.push_back(absl::StrCat(folder, variable == std::string("PATH") ? "" : "/bin"));
    }
  }
  folders.push_back("/usr/local/cuda/bin");
  // Nsight Compute's own installer gives each version a folder.
  std::error_code ignored;
  for (const auto& version : fs::directory_iterator("/opt/nvidia/nsight-compute", ignored)) {
    folders.push_back(version.path().string());
  }
  return folders;
}

absl::StatusOr<std::string> FindNcu() {
  for (const std::string& folder : Candidates()) {
    std::string path = absl::StrCat(folder, "/ncu");
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return absl::UnavailableError(
      "Nsight Compute (ncu) is neither on PATH nor in $CUDA_HOME/bin, /usr/local/cuda/bin or "
      "/opt/nvidia/nsight-compute");
}

// Clocks are left as they are: profiles compare with what a run measures.
absl::Status Collect(const Session& session, const std::string& ncu, const Program& program,
                     const std::string& problem, const std::string& file) {
  ATTUNE_ASSIGN_OR_RETURN(
      const ProcessResult process,
      RunAndLog(session,
                {ncu, "--set", "full", "--clock-control", "none", "--launch-count",
                 absl::StrCat(session.options.iterations), "--force-overwrite", "--export", file,
                 program.path, absl::StrCat("--run=", problem),
                 absl::StrCat("--iterations=", session.options.iterations)},
                problem));
  if (process.ok() && fs::exists(file)) return absl::OkStatus();
  const std::string message =
      absl::StrCat("ncu on ", problem, ": ", process.Describe(), "\n", Tail(process.output, 30));
  // Counters are for administrators unless the driver was told otherwise.
  if (absl::StrContains(process.output, "ERR_NVGPUCTRPERM")) return absl::UnavailableError(message);
  return absl::InternalError(message);
}

absl::Status Profile(const Session& session, const std::string& ncu, const Program& program,
                     const std::string& problem, ReportTable& table) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string file,
                          NewArtifact(session, absl::StrCat(problem, ".ncu-rep")));
  ATTUNE_RETURN_IF_ERROR(Collect(session, ncu, program, problem, file));
  ATTUNE_ASSIGN_OR_RETURN(const ProcessResult csv,
                          RunAndLog(session, {ncu, "--import", file, "--csv", "--page", "raw"},
                                    absl::StrCat(problem, ".csv")));
  if (!csv.ok()) {
    return absl::InternalError(absl::StrCat("ncu --import ", file, ": ", csv.Describe()));
  }
  ATTUNE_ASSIGN_OR_RETURN(const auto launches, ParseProfile(csv.output));
  for (std::vector<std::string> row : launches) {
    row.insert(row.begin(), problem);
    table.rows.push_back(std::move(row));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunProfile(const Session& session, Report& report) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string ncu, FindNcu());
  ATTUNE_ASSIGN_OR_RETURN(const Program program, session.bundle.Tool("gpu_validate"));
  ReportTable table;
  table.title = "Kernels under Nsight Compute";
  table.columns = ProfileColumns();
  table.columns.insert(table.columns.begin(), "problem");
  for (const std::string problem : kProblems) {
    *session.out << "ncu: " << problem << " ..." << std::endl;
    const absl::Status status = Profile(session, ncu, program, problem, table);
    if (absl::IsUnavailable(status)) return status;
    report.cases.push_back({.program = program.label,
                            .name = absl::StrCat("profile of ", problem),
                            .outcome = status.ok() ? Outcome::kPassed : Outcome::kFailed,
                            .message = std::string(status.message())});
  }
  report.facts.emplace_back("profiler", ncu);
  report.tables.push_back(std::move(table));
  return absl::OkStatus();
}

}  // namespace attune
