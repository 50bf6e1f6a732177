// Whatever bytes stand in a cache file or a trial log, reading them ends in an entry or a Status.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/workload/cache_key.h"
#include "autotune/workload/stored_workload.h"

namespace {

// Aborts where `holds` is false: the fuzzer then keeps the input.
void Require(bool holds) {
  if (!holds) std::abort();
}

void FuzzCacheFile(absl::string_view content) {
  const absl::StatusOr<attune::CacheEntry> entry = attune::ParseCacheFile(content);
  if (!entry.ok()) {
    Require(!entry.status().message().empty());
    return;
  }
  // What was read can be written, and is the same when read again.
  const auto again = attune::ParseCacheFile(attune::SerializeCacheFile(*entry));
  Require(again.ok());
  Require(attune::KeyBytes(again->key()) == attune::KeyBytes(entry->key()));
  Require(attune::CacheFileName(again->key()).find('/') == std::string::npos);
  const attune::Workload workload = attune::FromProto(entry->key().workload());
  Require(attune::Distance(workload, workload) == 0);
  (void)attune::Bucketed(workload);
  (void)attune::FromProto(entry->configuration()).ToString();
}

void FuzzTrialLog(absl::string_view content) {
  const absl::StatusOr<attune::TrialLog> log = attune::ParseTrialLog(content);
  if (!log.ok()) return;
  Require(log->whole_bytes + log->torn_bytes == static_cast<int64_t>(content.size()));
}

// Reaches behind the checksum, which random changes never get past.
void FuzzEntry(absl::string_view content) {
  attune::CacheEntry entry;
  if (!entry.ParseFromArray(content.data(), static_cast<int>(content.size()))) return;
  FuzzCacheFile(attune::SerializeCacheFile(entry));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view content(reinterpret_cast<const char*>(data), size);
  FuzzCacheFile(content);
  FuzzEntry(content);
  FuzzTrialLog(content);
  return 0;
}
