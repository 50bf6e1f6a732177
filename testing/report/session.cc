#include "testing/report/session.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {

absl::StatusOr<std::string> NewArtifact(const Session& session, const std::string& name) {
  const std::string folder =
      absl::StrCat(session.options.report_dir, "/artifacts/", CommandName(session.options.command));
  ATTUNE_RETURN_IF_ERROR(CreateDirectories(folder));
  std::string path = absl::StrCat(folder, "/", name);
  std::error_code error;
  std::filesystem::remove(path, error);
  if (!error) return path;
  return absl::UnavailableError(absl::StrCat("cannot replace ", path, ": ", error.message()));
}

absl::StatusOr<ProcessResult> RunAndLog(const Session& session,
                                        const std::vector<std::string>& arguments,
                                        const std::string& name, const Environment& environment) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string log, NewArtifact(session, absl::StrCat(name, ".log")));
  ProcessOptions options;
  options.arguments = arguments;
  // What this machine was tuned for is not seen, and kernels are compiled once for all programs.
  options.environment = environment;
  options.environment.emplace_back("ATTUNE_CACHE_DIR",
                                   absl::StrCat(session.options.report_dir, "/kernel_cache"));
  options.timeout = session.options.timeout;
  if (session.options.verbose) options.echo = session.out;
  ATTUNE_ASSIGN_OR_RETURN(ProcessResult result, RunProcess(options));
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(log, result.output));
  // Now, as whoever loses patience ends this process too.
  ATTUNE_RETURN_IF_ERROR(session.files->Record());
  return result;
}

}  // namespace attune
