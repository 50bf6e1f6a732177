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

}  // namespace
}  // namespace attune
