#include "autotune/cache/cache_entry.h"

#include <xxhash.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "autotune/workload/cache_key.h"

namespace attune {
namespace {

uint64_t Hash(absl::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

// Why `entry` cannot have been written by this code, or OK.
absl::Status CheckEntry(const CacheEntry& entry) {
  if (!entry.has_key() || entry.key().family().empty() || !entry.key().has_workload()) {
    return absl::DataLossError("the entry has no complete key");
  }
  for (const ConfigurationProto::Entry& parameter : entry.configuration().entry()) {
    if (parameter.name().empty()) return absl::DataLossError("a parameter has no name");
  }
  return absl::OkStatus();
}

}  // namespace

std::string CacheFilePrefix(absl::string_view family) {
  std::string prefix;
  for (const char c : family) {
    prefix.push_back(absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '_');
  }
  return prefix + "-";
}

std::string CacheFileName(const CacheKey& key) {
  return absl::StrCat(CacheFilePrefix(key.family()),
                      absl::Hex(Hash(KeyBytes(key)), absl::kZeroPad16), ".pb");
}

std::string SerializeCacheFile(const CacheEntry& entry) {
  CacheFile file;
  file.set_format_version(kCacheFormatVersion);
  entry.SerializeToString(file.mutable_entry());
  file.set_checksum(Hash(file.entry()));
  return file.SerializeAsString();
}

absl::StatusOr<CacheEntry> ParseCacheFile(absl::string_view content) {
  if (content.empty()) return absl::DataLossError("the file is empty");
  CacheFile file;
  if (!file.ParseFromArray(content.data(), static_cast<int>(content.size()))) {
    return absl::DataLossError("this is no cache file, or a truncated one");
  }
  if (file.format_version() > kCacheFormatVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the file's format is version ", file.format_version(),
                     ", the newest that this program reads is ", kCacheFormatVersion));
  }
  if (file.format_version() == 0) return absl::DataLossError("this is no cache file");
  if (file.checksum() != Hash(file.entry())) {
    return absl::DataLossError("the checksum does not match: truncated or altered");
  }
  CacheEntry entry;
  if (!entry.ParseFromString(file.entry())) return absl::DataLossError("the entry is not readable");
  if (absl::Status status = CheckEntry(entry); !status.ok()) return status;
  return entry;
}

}  // namespace attune
