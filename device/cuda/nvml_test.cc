#include "device/cuda/nvml.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(GpuMonitorTest, MissingLibraryIsNamed) {
  const absl::Status status = GpuMonitor::Open("0000:01:00.0", "/no/such/libnvidia-ml.so").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), "management library")) << status;
}

TEST(GpuMonitorTest, LibraryThatIsNotNvmlSaysWhatItLacks) {
  const absl::Status status = GpuMonitor::Open("0000:01:00.0", "libdl.so.2").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "nvmlInit_v2")) << status;
}

TEST(GpuStateTest, HeatAndPowerThrottleAndIdlenessDoesNot) {
  for (const uint64_t reason : {0x4, 0x8, 0x20, 0x40, 0x80}) {
    EXPECT_TRUE(IsThrottled({.throttle_reasons = reason | 1})) << reason;
  }
  for (const uint64_t reason : {0x0, 0x1, 0x2, 0x10, 0x100}) {
    EXPECT_FALSE(IsThrottled({.throttle_reasons = reason})) << reason;
  }
}

}  // namespace
}  // namespace attune
