// `replay` and `record` as the command line names them.
#ifndef ATTUNE_AUTOTUNE_CLI_REPLAY_LINE_H_
#define ATTUNE_AUTOTUNE_CLI_REPLAY_LINE_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace attune {

// What `autotune <command> --help` prints; "" for a command that is neither.
std::string ReplayHelp(absl::string_view command);

// Runs `command`, one that ReplayHelp knows. An empty `strategy` stands for all. What people type
// is relative to their directory, which `from_working_directory` knows. InvalidArgument where
// operands are missing or too many.
absl::Status RunReplayLine(
    absl::string_view command, const std::vector<std::string>& operands,
    const std::string& strategy,
    const std::function<std::string(const std::string& path)>& from_working_directory,
    std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_REPLAY_LINE_H_
