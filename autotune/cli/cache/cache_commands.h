// `autotune list` and `autotune show`: read a cache.
#ifndef ATTUNE_AUTOTUNE_CLI_CACHE_CACHE_COMMANDS_H_
#define ATTUNE_AUTOTUNE_CLI_CACHE_CACHE_COMMANDS_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace attune {

// Prints a line for each entry in `directory`, and a line for each file there that is no entry.
// With `json`, all that they hold.
absl::Status RunListCommand(const std::string& directory, bool json, std::ostream& out);

// Prints all that the entries whose names begin with `entry` hold. NotFound if there are none.
absl::Status RunShowCommand(const std::string& directory, absl::string_view entry, bool json,
                            std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_CACHE_CACHE_COMMANDS_H_
