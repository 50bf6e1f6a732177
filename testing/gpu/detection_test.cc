// What the driver says of the GPU, and which family serves a problem there.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "attention/families.h"
#include "attention/square_problem.h"
#include "device/discovery.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"

namespace attune {
namespace {

TEST(GpuDetectionTest, DeviceArchitectureAndFeaturesComeFromTheDriver) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const DeviceInfo& info = (*device)->info();
  EXPECT_EQ(info.id, "cuda:0");
  EXPECT_EQ(info.kind, DeviceKind::kCuda);
  EXPECT_FALSE(info.model.empty());
  EXPECT_TRUE(absl::StartsWith(info.architecture, "sm_")) << info.architecture;
  EXPECT_GE(info.Attribute("compute_capability"), 80);
  for (const char* name :
       {"memory_bytes", "multiprocessors", "l2_bytes", "clock_khz", "shared_bytes_per_block",
        "registers_per_multiprocessor", "nvrtc_version", "driver_cuda_version"}) {
    EXPECT_GT(info.Attribute(name), 0) << name;
  }
}

TEST(GpuDetectionTest, ListingHasTheGpu) {
  const DeviceListing listing = ListDevices();
  ASSERT_GE(listing.devices.size(), 2u);
  EXPECT_EQ(listing.devices[1].id, "cuda:0");
}

TEST(GpuDetectionTest, PlanSaysWhichFamilyServesAndWhyOthersDoNot) {
  const auto plan = PlanOnGpu(SquareProblem(Dtype::kBfloat16, 1, 2, 128, 64));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(absl::StartsWith(plan->family().name(), "cpu_"));
  EXPECT_TRUE(
      absl::StrContains(plan->Explain(), "passed over cpu_forward: cpu_forward runs on the CPU"))
      << plan->Explain();
}

TEST(GpuDetectionTest, HopperGpusHaveAFamilyOfTheirOwn) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const bool hopper = (*device)->info().Attribute("compute_capability") == 90;
  Problem problem = SquareProblem(Dtype::kBfloat16, 1, 2, 128, 64);
  const auto plan = PlanOnGpu(problem);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->family().name(), hopper ? "hopper_forward" : "portable_forward");
  problem.dtype = Dtype::kFloat32;
  const auto portable = PlanOnGpu(problem);
  ASSERT_TRUE(portable.ok()) << portable.status();
  EXPECT_EQ(portable->family().name(), "portable_forward");
  EXPECT_TRUE(absl::StrContains(portable->Explain(), "passed over hopper_forward: hopper_forward"))
      << portable->Explain();
}

}  // namespace
}  // namespace attune
