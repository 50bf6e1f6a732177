// `autotune export_preset`: what a cache holds of one device model, in the form that is shipped.
#ifndef ATTUNE_AUTOTUNE_CLI_CACHE_PRESET_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_CACHE_PRESET_COMMAND_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace attune {

// Writes the entries of `directory` that were tuned on `model` (DeviceInfo.model; empty if there is
// but one) to a preset at `path` (autotune/cache/preset.h), replacing the file. Entries of families
// that this program does not have, or has in another build, are named and left out. Errors: nothing
// to export, entries of several models and none chosen, a file that cannot be written.
absl::Status RunExportPresetCommand(const std::string& directory, absl::string_view model,
                                    const std::string& path, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_CACHE_PRESET_COMMAND_H_
