// `autotune replay` and `autotune record`: search strategies judged without a device.
#ifndef ATTUNE_AUTOTUNE_CLI_REPLAY_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_REPLAY_COMMAND_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "autotune/replay/assessment.h"

namespace attune {

// How recorded searches' names end.
inline constexpr absl::string_view kRecordedSearchSuffix = ".search.pb";

struct ReplayCommandOptions {
  // Recorded searches, or directories of them.
  std::vector<std::string> paths;
  // Empty for all there are.
  std::string strategy;
  AssessmentOptions assessment;
  bool json = false;
};

// Runs the strategies on each recorded search and prints a table for each as soon as it is known,
// or all as one JSON object. NotFound where there is nothing to replay.
absl::Status RunReplayCommand(const ReplayCommandOptions& options, std::ostream& out);

// Writes what replay needs of the trial log `log_path` to `path`. The log's family must be
// registered; its model is asked about a device as the log's, with the attributes of this machine's
// if it is here.
absl::Status RunRecordCommand(const std::string& log_path, const std::string& path,
                              std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_REPLAY_COMMAND_H_
