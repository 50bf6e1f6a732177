#include "operators/cuda/cuda_support.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

DeviceInfo Gpu(int64_t compute_capability, int64_t nvrtc_version) {
  return {
      .id = "cuda:0",
      .kind = DeviceKind::kCuda,
      .model = "NVIDIA Test",
      .attributes = {{"compute_capability", compute_capability}, {"nvrtc_version", nvrtc_version}}};
}

TEST(CudaSupportTest, GpusFromTheNamedCapabilityOnAreSupported) {
  EXPECT_TRUE(CheckCudaSupport("family", 80, Gpu(80, 13000)).ok());
  EXPECT_TRUE(CheckCudaSupport("family", 80, Gpu(120, 13000)).ok());
}

TEST(CudaSupportTest, ReasonsSayWhatIsNeededAndWhatThereIs) {
  const absl::Status old = CheckCudaSupport("family", 80, Gpu(75, 13000));
  EXPECT_EQ(old.code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(old.message(), "8.0 or later")) << old;
  EXPECT_TRUE(absl::StrContains(old.message(), "NVIDIA Test) has 7.5")) << old;

  const absl::Status compiler = CheckCudaSupport("family", 80, Gpu(90, 0));
  EXPECT_EQ(compiler.code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(compiler.message(), "NVRTC")) << compiler;

  const absl::Status cpu = CheckCudaSupport("family", 80, DeviceInfo{.id = "cpu"});
  EXPECT_EQ(cpu.code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(cpu.message(), "cpu is another kind")) << cpu;
}

TEST(CudaSupportTest, ArchitectureSpecificCodeRunsOnItsOwnArchitectureAlone) {
  EXPECT_TRUE(CheckArchitectureSpecificSupport("family", 90, Gpu(90, 13000)).ok());
  const absl::Status later = CheckArchitectureSpecificSupport("family", 90, Gpu(100, 13000));
  EXPECT_EQ(later.code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(later.message(), "9.0 alone (sm_90a)")) << later;
  EXPECT_FALSE(CheckArchitectureSpecificSupport("family", 90, Gpu(80, 13000)).ok());
}

}  // namespace
}  // namespace attune
