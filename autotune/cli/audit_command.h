// `autotune audit`: whether cached winners still win.
#ifndef ATTUNE_AUTOTUNE_CLI_AUDIT_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_AUDIT_COMMAND_H_

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "autotune/audit/audit.h"
#include "autotune/family/kernel_family.h"
#include "autotune/workload/workload.h"
#include "device/device.h"

namespace attune {

struct AuditCommandOptions {
  std::string cache_directory;
  // How the names of entries begin; empty for all.
  std::string entry;
  // Only of this device, as `list` of devices names it ("cpu"); empty for all that are here.
  std::string device;
  int rivals = 8;
  int rounds = 40;  // at least kMinRegretRounds
  // A winner fails where its regret is above this with 95 % confidence.
  double max_regret = 0.05;
  uint64_t seed = 1;  // of the sample of rivals and of the inputs
  bool json = false;
  // How candidates of a workload are timed: in this process if not given. What it returns is called
  // while `device` is there.
  std::function<absl::StatusOr<TimeOnce>(const KernelFamily& family, const Workload& workload,
                                         Device& device, uint64_t seed)>
      open_timer;
};

// Times each winner in interleaved rounds against rivals (autotune/audit/audit.h), and prints how
// much time it costs over the best of them. Entries of other devices, or that do not apply any more
// (entry_check.h), are named and passed over. FailedPrecondition if a winner's regret is too high,
// or one does not run; NotFound if there is nothing to audit.
absl::Status RunAuditCommand(const AuditCommandOptions& options, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_AUDIT_COMMAND_H_
