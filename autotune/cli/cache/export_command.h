// `autotune export`: trials for other programs.
#ifndef ATTUNE_AUTOTUNE_CLI_CACHE_EXPORT_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_CACHE_EXPORT_COMMAND_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace attune {

struct ExportCommandOptions {
  std::string cache_directory;
  // How the entry's name begins, as `list` prints it. It must begin one alone.
  std::string entry;
  // "t4" or "csv" (autotune/explain/trial_export.h).
  std::string format = "t4";
  // Where to; empty for `out`.
  std::string path;
};

// Writes the trials of one search. InvalidArgument for an unknown format or a name that several
// begin with, NotFound where there is no trial log.
absl::Status RunExportCommand(const ExportCommandOptions& options, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_CACHE_EXPORT_COMMAND_H_
