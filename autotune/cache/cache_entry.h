// Cache entries to and from the bytes of their files, and what those files are called.
#ifndef ATTUNE_AUTOTUNE_CACHE_CACHE_ENTRY_H_
#define ATTUNE_AUTOTUNE_CACHE_CACHE_ENTRY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/workload/cache_key.pb.h"

namespace attune {

// The version of the format of cache files that this code writes, and the newest that it reads.
inline constexpr uint32_t kCacheFormatVersion = 1;

// "<family>-<16 hexadecimal digits of XXH64 of KeyBytes>.pb". Characters of the family that do not
// belong in a file's name become '_'.
std::string CacheFileName(const CacheKey& key);
// What the names of all files of `family` begin with.
std::string CacheFilePrefix(absl::string_view family);

// The content of the file of `entry`.
std::string SerializeCacheFile(const CacheEntry& entry);

// Reads what SerializeCacheFile wrote. DataLoss for what is no whole cache file (empty, truncated,
// altered, something else), FailedPrecondition for a newer format.
absl::StatusOr<CacheEntry> ParseCacheFile(absl::string_view content);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CACHE_CACHE_ENTRY_H_
