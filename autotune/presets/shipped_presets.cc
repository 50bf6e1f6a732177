#include "autotune/presets/shipped_presets.h"

#include <utility>

#include "autotune/presets/preset_files.h"

namespace attune {
namespace {

struct Parsed {
  std::vector<Preset> presets;
  absl::Status status;
};

const Parsed& ParsedPresets() {
  static const auto* const parsed = [] {
    auto* all = new Parsed;
    for (const auto& [path, text] : PresetFiles()) {
      absl::StatusOr<Preset> preset = ParsePreset(text, path);
      all->status.Update(preset.status());
      if (preset.ok()) all->presets.push_back(*std::move(preset));
    }
    return all;
  }();
  return *parsed;
}

}  // namespace

const std::vector<Preset>& ShippedPresets() { return ParsedPresets().presets; }

absl::Status ShippedPresetsStatus() { return ParsedPresets().status; }

}  // namespace attune
