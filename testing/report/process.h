// Runs a program and waits for it, for so long and no longer.
#ifndef ATTUNE_TESTING_REPORT_PROCESS_H_
#define ATTUNE_TESTING_REPORT_PROCESS_H_

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace attune {

struct ProcessOptions {
  // The program's path or name, looked for on PATH if it holds no slash, then its arguments.
  std::vector<std::string> arguments;
  // Set in its environment, on top of this process's.
  std::vector<std::pair<std::string, std::string>> environment;
  // Then it is killed, and all that it started.
  absl::Duration timeout = absl::Minutes(10);
  // If not null, shown what the program prints as it prints it.
  std::ostream* echo = nullptr;
};

struct ProcessResult {
  int exit_code = 0;  // unless a signal ended it
  int signal = 0;     // that ended it; 0 if none did
  bool timed_out = false;
  std::string output;  // standard output and standard error together
  absl::Duration duration;

  bool ok() const { return exit_code == 0 && signal == 0 && !timed_out; }
  // "exit code 1", "killed by signal 11 (Segmentation fault)", "no end after 10m".
  std::string Describe() const;
};

// NotFound or PermissionDenied if the program cannot be started; however it ends is a result. Not
// thread-safe in the presence of threads that hold locks: forks.
absl::StatusOr<ProcessResult> RunProcess(const ProcessOptions& options);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_PROCESS_H_
