#include "absl/status/status.h"
#include "device/cuda/discovery.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(DiscoveryWithoutToolkitTest, SaysThatTheBuildHasNoSupport) {
  const CudaDiscovery discovery = DiscoverCudaDevices();
  EXPECT_TRUE(discovery.devices.empty());
  EXPECT_EQ(discovery.status.message(),
            "this build has no CUDA support: no toolkit was found when it was built");
  EXPECT_EQ(OpenCudaDevice(0).status(), discovery.status);
}

}  // namespace
}  // namespace attune
