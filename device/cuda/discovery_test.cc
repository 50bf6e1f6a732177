#include "device/cuda/discovery.h"

#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

// The driver is opened once per process, so all tests here share a machine without one.
class DiscoveryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { setenv("ATTUNE_LIBCUDA", "/nowhere/libcuda.so.1", 1); }
};

TEST_F(DiscoveryTest, WithoutADriverThereAreNoDevicesAndOneReason) {
  const CudaDiscovery discovery = DiscoverCudaDevices();
  EXPECT_TRUE(discovery.devices.empty());
  EXPECT_EQ(discovery.status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(discovery.status.message(), "the NVIDIA driver cannot be opened"))
      << discovery.status;
  EXPECT_FALSE(absl::StrContains(discovery.status.message(), "\n")) << discovery.status;
}

TEST_F(DiscoveryTest, OpeningGivesTheSameReason) {
  EXPECT_EQ(OpenCudaDevice(0).status(), DiscoverCudaDevices().status);
}

}  // namespace
}  // namespace attune
