// `autotune explain`: what was removed, tried and decided for a workload, and why.
#ifndef ATTUNE_AUTOTUNE_CLI_EXPLAIN_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_EXPLAIN_COMMAND_H_

#include <optional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "autotune/workload/workload.h"

namespace attune {

struct ExplainCommandOptions {
  std::string cache_directory;
  // How the names of entries begin, as `list` prints them; empty for all.
  std::string entry;
  // Only of this workload, and of this family if it is not empty.
  std::optional<Workload> workload;
  std::string family;
  size_t best = 20;
  bool json = false;
};

// Prints the explanation of each entry and of each search that was logged, of those that the
// options choose. NotFound if there are none. Files that cannot be read are named.
absl::Status RunExplainCommand(const ExplainCommandOptions& options, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_EXPLAIN_COMMAND_H_
