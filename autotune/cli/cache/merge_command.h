// `autotune merge` and `autotune diff`: two caches.
#ifndef ATTUNE_AUTOTUNE_CLI_CACHE_MERGE_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_CACHE_MERGE_COMMAND_H_

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace attune {

// Takes over from the cache in `from` what that in `into` lacks, or has with less evidence
// (autotune/explain/evidence.h), says what became of each entry and why, and copies the trial logs
// of what was taken over. A file of `into` that is of a newer format is kept. With `dry_run`, only
// says so. `from` is not changed. NotFound if `from` has no entries; DataLoss, after all others
// have been merged, if files of either could not be read.
absl::Status RunMergeCommand(const std::string& from, const std::string& into, bool dry_run,
                             bool json, std::ostream& out);

// Says which entries are in one of the caches alone, and which of both have other configurations or
// times. NotFound if one of the folders is not there; otherwise OK, whatever it finds.
absl::Status RunDiffCommand(const std::string& left, const std::string& right, bool json,
                            std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_CACHE_MERGE_COMMAND_H_
