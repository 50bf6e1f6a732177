// The commands on what has been tuned, as the command line names them: those that list and keep
// cache entries, and those that explain, audit and export them.
#ifndef ATTUNE_AUTOTUNE_CLI_COMMAND_LINE_H_
#define ATTUNE_AUTOTUNE_CLI_COMMAND_LINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace attune {

// What commands share with `tune`; their own flags are this library's.
struct CommonOptions {
  std::string cache_directory;
  std::string device;
  std::string family;
  std::string workload;
  uint64_t seed = 1;
  // What people type is relative to their directory.
  std::function<std::string(const std::string& path)> from_working_directory;
};

// A line for each command, for the program's help.
std::string CommandSummaries();

// "list, show [ENTRY], ...".
std::string CommandNames();

// That `autotune <command>` was given so many operands, where it expects others ("" for none).
absl::Status WrongOperands(absl::string_view command, absl::string_view expected, size_t given);

// What `autotune <command> --help` prints; "" if it is none of this library's commands.
std::string CommandHelp(absl::string_view command);

// Runs `command`, one that CommandHelp knows. InvalidArgument where operands are missing or too
// many.
absl::Status RunCommand(absl::string_view command, const std::vector<std::string>& operands,
                        const CommonOptions& common, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_COMMAND_LINE_H_
