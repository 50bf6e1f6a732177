// `autotune verify` and `autotune prune`: what of a cache is no use any more.
#ifndef ATTUNE_AUTOTUNE_CLI_CACHE_VERIFY_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_CACHE_VERIFY_COMMAND_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "device/device_info.h"

namespace attune {

// Checks that every entry can be read and still applies (entry_check.h), every trial log can be
// read, and every compiled kernel is what its checksum and its name say. Prints what is wrong, a
// line each. FailedPrecondition with the count if anything is. `devices` are those of this machine:
// what is of another device is not checked against its constraints.
absl::Status RunVerifyCommand(const std::string& directory, const std::vector<DeviceInfo>& devices,
                              bool json, std::ostream& out);

struct PruneCommandOptions {
  std::string cache_directory;
  // Entries measured earlier than that go; InfinitePast for none.
  absl::Time measured_before = absl::InfinitePast();
  // Entries of families that this program does not have go, or of another build of them.
  bool unknown_family = false;
  bool other_build = false;
  // Only says what would go.
  bool dry_run = false;
  bool json = false;
};

// Removes entries, each with its trial logs, and says which and why. Files that cannot be read are
// named and left alone. InvalidArgument if nothing is chosen.
absl::Status RunPruneCommand(const PruneCommandOptions& options, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_CACHE_VERIFY_COMMAND_H_
