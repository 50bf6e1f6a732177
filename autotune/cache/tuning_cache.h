// Finds the best known configuration for a key, through the tiers of caches.
#ifndef ATTUNE_AUTOTUNE_CACHE_TUNING_CACHE_H_
#define ATTUNE_AUTOTUNE_CACHE_TUNING_CACHE_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/preset.h"
#include "autotune/cache/tuning_cache.pb.h"

namespace attune {

// $ATTUNE_CACHE_DIR, else $XDG_CACHE_HOME/attune, else $HOME/.cache/attune; variables that are
// empty count as unset, and so does a relative XDG_CACHE_HOME, as its specification has it.
// FailedPrecondition where none is set. `environment` gives a variable's value or null, as getenv
// does.
absl::StatusOr<std::string> DefaultCacheDirectory(
    absl::FunctionRef<const char*(const char* name)> environment);

// How an entry fits what was asked for, the best first.
enum class MatchKind { kExact, kSameBucket, kNearest, kSameArchitecture };

// "exact", "same bucket", "nearest", "same architecture".
absl::string_view MatchKindName(MatchKind kind);

struct CacheHit {
  CacheEntry entry;
  MatchKind kind = MatchKind::kExact;
  // Distance (workload.h) between the workload asked for and the entry's, in octaves.
  double distance = 0;
  // The directory it came from, the source of its preset, or "memory".
  std::string source;
  bool is_preset = false;
};

struct CacheLookup {
  std::optional<CacheHit> hit;
  // Without a hit: why the entries that there are do not apply, one reason each, for people. Never
  // empty then.
  std::vector<std::string> reasons;
  // "path: reason" for files that could not be read as entries.
  std::vector<std::string> problems;
};

struct TuningCacheOptions {
  // Where entries are written, and read from. Empty: memory only.
  std::string user_directory;
  // Asked after the user's directory, in this order.
  std::vector<Preset> presets;
  // How far, in octaves, a workload may be from that of an entry that is used for it.
  double max_distance = 3;
};

// Entries stored by this process, then the user's directory, then presets. Of entries that fit
// equally well, the one of the earlier tier is used. Thread-safe; processes may share a directory.
class TuningCache {
 public:
  explicit TuningCache(TuningCacheOptions options);

  // The entry that fits `key` best: of the key itself; else, with device model and all else equal,
  // of the same bucket (Bucketed in workload.h); else of the smallest distance up to max_distance;
  // else of another device model of the same architecture, by distance. Operator, traits, family
  // and fingerprint are always equal. So is the environment, but for presets: an entry that was
  // tuned under another driver or compiler is not the best there is, but better than an untuned
  // one, and the user's own entries come before it. An exact entry costs the reading of one file,
  // anything else that of the family's files.
  CacheLookup Lookup(const CacheKey& key) const;

  // Remembers `entry`, and writes it to the user's directory. After an error it is remembered all
  // the same.
  absl::Status Store(const CacheEntry& entry);

 private:
  struct Tier;
  std::optional<CacheHit> LookupExact(const CacheKey& key,
                                      std::vector<std::string>& problems) const;
  std::vector<Tier> ReadTiers(const CacheKey& key, std::vector<std::string>& problems) const;

  const TuningCacheOptions options_;
  std::optional<CacheDirectory> directory_;  // the user's
  // Entries of options_.presets by KeyBytes without environment; of equal keys the first.
  struct PresetEntryView {
    const Preset* preset;
    const CacheEntry* entry;
  };
  std::map<std::string, PresetEntryView> preset_entries_;
  mutable std::mutex mutex_;
  std::map<std::string, CacheEntry> memory_;  // by KeyBytes; guarded by mutex_
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CACHE_TUNING_CACHE_H_
