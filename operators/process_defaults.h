// What plans use where their caller names nothing.
#ifndef ATTUNE_OPERATORS_PROCESS_DEFAULTS_H_
#define ATTUNE_OPERATORS_PROCESS_DEFAULTS_H_

#include "autotune/cache/tuning_cache.h"
#include "device/device.h"

namespace attune {

// Both live as long as the process, and so may plans that refer to them.
Device& SharedCpuDevice();

// The machine's own cache (DefaultCacheDirectory, read from the environment at the first call), and
// what is shipped for its device models (autotune/presets).
const TuningCache& SharedTuningCache();

}  // namespace attune

#endif  // ATTUNE_OPERATORS_PROCESS_DEFAULTS_H_
