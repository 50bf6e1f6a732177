// `autotune stability`: the same workloads tuned again and again.
#ifndef ATTUNE_AUTOTUNE_CLI_TUNE_STABILITY_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_TUNE_STABILITY_COMMAND_H_

#include <ostream>

#include "absl/status/status.h"
#include "autotune/cli/tune/tune_command.h"

namespace attune {

struct StabilityCommandOptions {
  // What is tuned, and how; its seed is of the first tune, each later one has the next.
  TuneCommandOptions tune;
  int times = 10;
  // Each tune begins from nothing; else it finds the entry of the one before, as people's do.
  bool fresh = false;
};

// Tunes so many times, into folders of its own below <cache_directory>/stability, and prints each
// winner with its time and whether it is in the tie set of the first tune of its workload. Errors:
// Internal if one is not; those of a tune; InvalidArgument for less than two times, or for only
// what is missing, which is nothing after the first of them.
absl::Status RunStabilityCommand(const StabilityCommandOptions& options, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_TUNE_STABILITY_COMMAND_H_
