#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "testing/report/commands.h"
#include "testing/report/test_verdict.h"
#include "testing/report/validation.h"

namespace attune {

absl::Status RunValidation(const Session& session, Report& report) {
  ATTUNE_ASSIGN_OR_RETURN(const Program program, session.bundle.Tool("gpu_validate"));
  ATTUNE_ASSIGN_OR_RETURN(const std::string json, NewArtifact(session, "gpu_validate.json"));
  *session.out << program.label << " ..." << std::endl;
  ATTUNE_ASSIGN_OR_RETURN(const ProcessResult process,
                          RunAndLog(session,
                                    {program.path, absl::StrCat("--out=", json),
                                     absl::StrCat("--iterations=", session.options.iterations)},
                                    "gpu_validate"));
  if (const auto reason = BlockedReason(process)) return absl::UnavailableError(*reason);
  const absl::StatusOr<std::string> text = ReadFile(json);
  if (process.signal != 0 || process.timed_out || !text.ok()) {
    return absl::InternalError(
        absl::StrCat("gpu_validate: ", process.Describe(), "\n", Tail(process.output, 30)));
  }
  ATTUNE_RETURN_IF_ERROR(AddReport(*text, report));
  if (process.exit_code != 0 && CountCases(report, Outcome::kFailed) == 0) {
    return absl::InternalError(
        absl::StrCat("gpu_validate: ", process.Describe(), ", though nothing failed"));
  }
  return absl::OkStatus();
}

}  // namespace attune
