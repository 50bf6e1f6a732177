// What --help says of flags.
#ifndef ATTUNE_AUTOTUNE_CLI_FLAG_HELP_H_
#define ATTUNE_AUTOTUNE_CLI_FLAG_HELP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace attune {

// A paragraph for each flag that is defined in a source file whose path ends in `file`, by name:
// the flag with its default, and beside it, in lines of at most a hundred columns, what it is for.
std::string FlagHelp(absl::string_view file);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_FLAG_HELP_H_
