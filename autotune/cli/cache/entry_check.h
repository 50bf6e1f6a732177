// Whether a cache entry still says something to this program.
#ifndef ATTUNE_AUTOTUNE_CLI_CACHE_ENTRY_CHECK_H_
#define ATTUNE_AUTOTUNE_CLI_CACHE_ENTRY_CHECK_H_

#include <string>
#include <vector>

#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/family/kernel_family.h"
#include "device/device_info.h"

namespace attune {

// The registered family called `name`, or null.
const KernelFamily* FindFamily(absl::string_view name);

// What is wrong with `entry`, one reason each: its family is unknown, of another build, or does not
// compute its workload; it was tuned under another environment than that of each of `devices` that
// is of its model; its configurations are not of the space; or, where one of `devices` is of its
// model, constraints remove them there. Empty if nothing is.
std::vector<std::string> CheckEntry(const CacheEntry& entry,
                                    const std::vector<DeviceInfo>& devices);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_CACHE_ENTRY_CHECK_H_
