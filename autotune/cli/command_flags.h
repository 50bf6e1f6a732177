// Which flags a command has, and that none is given to one that would ignore it.
#ifndef ATTUNE_AUTOTUNE_CLI_COMMAND_FLAGS_H_
#define ATTUNE_AUTOTUNE_CLI_COMMAND_FLAGS_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace attune {

// The flags that `help` describes: "rounds" for a line that begins with "--rounds=40".
std::set<std::string> FlagsDescribedIn(absl::string_view help);

// InvalidArgument if a flag of this program, one that is defined under autotune/cli/, has another
// value than its default and is not among `flags`, those that `command` heeds: who gives prune a
// --family is not to lose the entries of all.
absl::Status CheckFlags(absl::string_view command, const std::set<std::string>& flags);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_COMMAND_FLAGS_H_
