#include "operators/process_defaults.h"

#include <cstdlib>

#include "autotune/presets/shipped_presets.h"
#include "device/cpu/cpu_device.h"

namespace attune {

Device& SharedCpuDevice() {
  static auto* device = new CpuDevice;
  return *device;
}

const TuningCache& SharedTuningCache() {
  static const auto* cache = [] {
    TuningCacheOptions options;
    const auto directory =
        DefaultCacheDirectory([](const char* name) { return std::getenv(name); });
    if (directory.ok()) options.user_directory = *directory;
    options.presets = ShippedPresets();
    return new TuningCache(options);
  }();
  return *cache;
}

}  // namespace attune
