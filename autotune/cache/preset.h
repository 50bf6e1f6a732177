// Cache entries that are shipped with the code, one file for each model of device, readable.
#ifndef ATTUNE_AUTOTUNE_CACHE_PRESET_H_
#define ATTUNE_AUTOTUNE_CACHE_PRESET_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "autotune/cache/tuning_cache.pb.h"

namespace attune {

struct Preset {
  // Where it came from, for people: "autotune/presets/nvidia_h200/attention.preset.textproto".
  std::string source;
  std::vector<CacheEntry> entries;
};

// Parses the text protobuf PresetSpec (preset.proto). Errors name `source` and the entry: no device
// model, no entries, an entry without a family or a fingerprint, workloads, configurations or dates
// that do not parse, two entries of one family for one workload.
absl::StatusOr<Preset> ParsePreset(absl::string_view text, absl::string_view source);

// The text of the preset of `entries`, in order of family and workload. Of several entries of one
// family and workload the one measured last stands. InvalidArgument if there is none, or if they
// are of more than one device model.
absl::StatusOr<std::string> FormatPreset(absl::Span<const CacheEntry> entries);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CACHE_PRESET_H_
