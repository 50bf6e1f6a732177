// What a tune is for: device, family and workload. Its result and its log are found by it.
#ifndef ATTUNE_AUTOTUNE_WORKLOAD_CACHE_KEY_H_
#define ATTUNE_AUTOTUNE_WORKLOAD_CACHE_KEY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "autotune/workload/cache_key.pb.h"
#include "autotune/workload/workload.h"
#include "device/device_info.h"

namespace attune {

CacheKey MakeCacheKey(const DeviceInfo& device, absl::string_view family,
                      absl::string_view fingerprint, const Workload& workload);

// The same bytes for equal keys, in every process.
std::string KeyBytes(const CacheKey& key);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_WORKLOAD_CACHE_KEY_H_
