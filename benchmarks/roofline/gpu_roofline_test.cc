// The compiler is real; there is no GPU.
#include "benchmarks/roofline/gpu_roofline.h"

#include "device/cuda/kernel_compiler.h"
#include "device/cuda/nvrtc.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

DeviceInfo Gpu(int64_t compute_capability) {
  DeviceInfo info;
  info.attributes["compute_capability"] = compute_capability;
  return info;
}

class GpuRooflineTest : public testing::TestWithParam<int> {};

TEST_P(GpuRooflineTest, KernelsCompileWithoutSpillsAndFitTheirBounds) {
  const auto nvrtc = LoadNvrtc();
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
  for (const GpuRate& rate : GpuRates(Gpu(GetParam()))) {
    const auto image = CompileKernel(**nvrtc, RateSource(rate, "sm_" + std::to_string(GetParam())));
    ASSERT_TRUE(image.ok()) << rate.name << ": " << image.status();
    EXPECT_EQ(image->resources.spill_store_bytes, 0) << rate.name;
    EXPECT_LE(image->resources.registers * rate.threads * rate.blocks_per_sm, 65536) << rate.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Architectures, GpuRooflineTest, testing::Values(80, 90, 120));

TEST(GpuRatesTest, OnlyHopperHasWarpgroupProducts) {
  EXPECT_EQ(GpuRates(Gpu(90)).size(), GpuRates(Gpu(80)).size() + 2);
  EXPECT_EQ(GpuRates(Gpu(120)).size(), GpuRates(Gpu(80)).size());
}

}  // namespace
}  // namespace attune
