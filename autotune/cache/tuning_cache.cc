#include "autotune/cache/tuning_cache.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "autotune/workload/cache_key.h"
#include "autotune/workload/stored_workload.h"
#include "autotune/workload/workload.h"

namespace attune {
namespace {

constexpr absl::string_view kMemory = "memory";

// How `entry` fits `key`, or why it does not.
struct Fit {
  std::optional<MatchKind> kind;
  double distance = 0;
  std::string reason;
};

std::string DeviceText(const CacheKey& key) {
  return absl::StrCat(key.device_model(), " (", key.architecture(), ")");
}

Fit Misfit(std::string reason) { return {std::nullopt, 0, std::move(reason)}; }

Fit FitOf(const CacheKey& found, const CacheKey& key, double max_distance, bool is_preset) {
  const Workload wanted = FromProto(key.workload());
  const Workload tuned = FromProto(found.workload());
  const double distance = Distance(wanted, tuned);
  const bool same_traits =
      tuned.operator_name == wanted.operator_name && tuned.traits == wanted.traits;
  if (!same_traits) return Misfit("tuned for other traits of the workload");
  if (found.architecture() != key.architecture()) {
    return Misfit(absl::StrCat("tuned for ", DeviceText(found),
                               ", no entry for this device model, ", DeviceText(key)));
  }
  if (found.fingerprint() != key.fingerprint()) {
    return Misfit(absl::StrCat("tuned for another build of ", key.family()));
  }
  if (!is_preset && found.environment() != key.environment()) {
    return Misfit(
        absl::StrCat("tuned under ", found.environment(), ", this is ", key.environment()));
  }
  const bool same_bucket = Bucketed(tuned) == Bucketed(wanted);
  if (!same_bucket && !(distance <= max_distance)) {
    return Misfit(std::isinf(distance)
                      ? "tuned for sizes that cannot be compared with the workload's"
                      : "tuned for sizes too far from the workload's");
  }
  if (found.device_model() != key.device_model()) {
    return {MatchKind::kSameArchitecture, distance, ""};
  }
  if (tuned == wanted) return {MatchKind::kExact, 0, ""};
  return {same_bucket ? MatchKind::kSameBucket : MatchKind::kNearest, distance, ""};
}

std::string PresetKeyBytes(CacheKey key) {
  key.clear_environment();
  return KeyBytes(key);
}

}  // namespace

// The entries of one family in one tier.
struct TuningCache::Tier {
  std::string source;
  std::vector<CacheEntry> entries;
  bool is_preset = false;
};

absl::StatusOr<std::string> DefaultCacheDirectory(
    absl::FunctionRef<const char*(const char*)> environment) {
  const auto get = [&](const char* name) {
    const char* value = environment(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (std::string path = get("ATTUNE_CACHE_DIR"); !path.empty()) return path;
  if (const std::string path = get("XDG_CACHE_HOME"); absl::StartsWith(path, "/")) {
    return absl::StrCat(path, "/attune");
  }
  if (const std::string path = get("HOME"); !path.empty()) {
    return absl::StrCat(path, "/.cache/attune");
  }
  return absl::FailedPreconditionError(
      "no place for the tuning cache: none of ATTUNE_CACHE_DIR, XDG_CACHE_HOME and HOME is set; "
      "set "
      "ATTUNE_CACHE_DIR to a directory");
}

absl::string_view MatchKindName(MatchKind kind) {
  switch (kind) {
    case MatchKind::kExact:
      return "exact";
    case MatchKind::kSameBucket:
      return "same bucket";
    case MatchKind::kNearest:
      return "nearest";
    case MatchKind::kSameArchitecture:
      return "same architecture";
  }
  return "unknown";
}

TuningCache::TuningCache(TuningCacheOptions options) : options_(std::move(options)) {
  if (!options_.user_directory.empty()) directory_.emplace(options_.user_directory);
  for (const Preset& preset : options_.presets) {
    for (const CacheEntry& entry : preset.entries) {
      preset_entries_.emplace(PresetKeyBytes(entry.key()), PresetEntryView{&preset, &entry});
    }
  }
}

std::optional<CacheHit> TuningCache::LookupExact(const CacheKey& key,
                                                 std::vector<std::string>& problems) const {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto entry = memory_.find(KeyBytes(key));
    if (entry != memory_.end()) {
      return CacheHit{entry->second, MatchKind::kExact, 0, std::string(kMemory)};
    }
  }
  if (directory_.has_value()) {
    absl::StatusOr<CacheEntry> entry = directory_->Read(key);
    if (entry.ok()) return CacheHit{*std::move(entry), MatchKind::kExact, 0, directory_->path()};
    if (!absl::IsNotFound(entry.status())) problems.emplace_back(entry.status().message());
  }
  const auto preset = preset_entries_.find(PresetKeyBytes(key));
  if (preset == preset_entries_.end()) return std::nullopt;
  return CacheHit{*preset->second.entry, MatchKind::kExact, 0, preset->second.preset->source,
                  /*is_preset=*/true};
}

std::vector<TuningCache::Tier> TuningCache::ReadTiers(const CacheKey& key,
                                                      std::vector<std::string>& problems) const {
  std::vector<Tier> tiers(1);
  tiers[0].source = std::string(kMemory);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [bytes, entry] : memory_) {
      if (entry.key().family() == key.family()) tiers[0].entries.push_back(entry);
    }
  }
  if (directory_.has_value()) {
    CacheDirectory::Contents contents = directory_->ReadFamily(key.family());
    problems.insert(problems.end(), contents.problems.begin(), contents.problems.end());
    tiers.push_back({directory_->path(), std::move(contents.entries)});
  }
  for (const Preset& preset : options_.presets) {
    Tier& tier = tiers.emplace_back(Tier{preset.source, {}, /*is_preset=*/true});
    for (const CacheEntry& entry : preset.entries) {
      if (entry.key().family() == key.family()) tier.entries.push_back(entry);
    }
  }
  return tiers;
}

CacheLookup TuningCache::Lookup(const CacheKey& key) const {
  CacheLookup lookup;
  lookup.hit = LookupExact(key, lookup.problems);
  if (lookup.hit.has_value()) return lookup;

  lookup.problems.clear();  // the files of LookupExact are among those read now
  std::set<std::string> reasons;
  for (Tier& tier : ReadTiers(key, lookup.problems)) {
    for (CacheEntry& entry : tier.entries) {
      Fit fit = FitOf(entry.key(), key, options_.max_distance, tier.is_preset);
      if (!fit.kind.has_value()) {
        reasons.insert(std::move(fit.reason));
        continue;
      }
      if (!lookup.hit.has_value() || std::tuple(*fit.kind, fit.distance) <
                                         std::tuple(lookup.hit->kind, lookup.hit->distance)) {
        lookup.hit =
            CacheHit{std::move(entry), *fit.kind, fit.distance, tier.source, tier.is_preset};
      }
    }
  }
  if (lookup.hit.has_value()) return lookup;
  lookup.reasons.assign(reasons.begin(), reasons.end());
  if (lookup.reasons.empty()) {
    std::vector<std::string> places = {std::string(kMemory)};
    if (directory_.has_value()) places.push_back(directory_->path());
    for (const Preset& preset : options_.presets) places.push_back(preset.source);
    lookup.reasons.push_back(
        absl::StrCat("no entry of ", key.family(), " in ", absl::StrJoin(places, ", ")));
  }
  return lookup;
}

absl::Status TuningCache::Store(const CacheEntry& entry) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    memory_[KeyBytes(entry.key())] = entry;
  }
  return directory_.has_value() ? directory_->Write(entry) : absl::OkStatus();
}

}  // namespace attune
