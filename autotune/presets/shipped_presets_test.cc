#include "autotune/presets/shipped_presets.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(ShippedPresetsTest, EveryFileParses) {
  EXPECT_EQ(ShippedPresetsStatus(), absl::OkStatus());
  for (const Preset& preset : ShippedPresets()) EXPECT_FALSE(preset.entries.empty());
}

}  // namespace
}  // namespace attune
