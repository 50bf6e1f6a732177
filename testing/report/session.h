// What the commands of gpu_test share.
#ifndef ATTUNE_TESTING_REPORT_SESSION_H_
#define ATTUNE_TESTING_REPORT_SESSION_H_

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "testing/report/bundle.h"
#include "testing/report/options.h"
#include "testing/report/process.h"
#include "testing/report/written_files.h"

namespace attune {

using Environment = std::vector<std::pair<std::string, std::string>>;

struct Session {
  Options options;
  Bundle bundle;
  std::ostream* out = nullptr;
  WrittenFiles* files = nullptr;
};

// Where a file of this command goes: REPORT_DIR/artifacts/COMMAND/`name`. An older one is removed,
// so that what is there after a program ran is that program's.
absl::StatusOr<std::string> NewArtifact(const Session& session, const std::string& name);

// Runs a program with the session's timeout, kernel cache and verbosity, and `environment` besides;
// keeps what it prints as the artifact `name`.log, and records what was written. A program that
// cannot be started gives an error.
absl::StatusOr<ProcessResult> RunAndLog(const Session& session,
                                        const std::vector<std::string>& arguments,
                                        const std::string& name,
                                        const Environment& environment = {});

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_SESSION_H_
