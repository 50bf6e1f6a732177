#ifndef ATTUNE_AUTOTUNE_PRESETS_SHIPPED_PRESETS_H_
#define ATTUNE_AUTOTUNE_PRESETS_SHIPPED_PRESETS_H_

#include <vector>

#include "absl/status/status.h"
#include "autotune/cache/preset.h"

namespace attune {

// The presets of this directory, which are part of the binary. One that does not parse is left out;
// the build's tests see to it that there is none.
const std::vector<Preset>& ShippedPresets();

// Why presets were left out, or OK.
absl::Status ShippedPresetsStatus();

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_PRESETS_SHIPPED_PRESETS_H_
