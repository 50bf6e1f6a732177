// Variants of the families of ternary products compile for every architecture that they support,
// spill nothing, and are not slowed down by ptxas.
#include <gtest/gtest.h>

#include <iostream>

#include "attention/cuda/testing/architectures.h"
#include "attention/ternary/cuda/variant_sample.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/nvrtc.h"
#include "operators/testing/configuration_draw.h"

namespace attune {
namespace {

constexpr int kRandomVariants = 3;  // of each family, for each architecture

class TernaryCompileTest : public testing::TestWithParam<DeviceInfo> {
 protected:
  void SetUp() override {
    const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
    ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
    nvrtc_ = *nvrtc;
  }

  void CompileWell(const CudaTernaryFamily& family, const TernaryMatmulProblem& problem,
                   const Configuration& configuration) {
    SCOPED_TRACE(std::string(family.name()) + " " + configuration.ToString() + " for " +
                 problem.ToString());
    const auto image =
        CompileKernel(*nvrtc_, family.Source(problem, configuration, GetParam().architecture));
    ASSERT_TRUE(image.ok()) << image.status();
    EXPECT_EQ(image->resources.spill_store_bytes + image->resources.spill_load_bytes, 0)
        << image->resources.ToString();
    EXPECT_EQ(image->performance_warnings, "");
    EXPECT_LE(
        image->resources.static_shared_bytes + family.DynamicSharedBytes(problem, configuration),
        GetParam().Attribute("shared_bytes_per_block"));
  }

  const Nvrtc* nvrtc_ = nullptr;
};

TEST_P(TernaryCompileTest, DefaultsForCommonProblems) {
  for (const CudaTernaryFamily* family : TernaryFamiliesUnderTest()) {
    for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
      const TernaryMatmulProblem problem{.batch = 4096,
                                         .weights = {.rows = 4096, .columns = 4096},
                                         .activation = activation,
                                         .output = Dtype::kBfloat16};
      if (!family->Supports(problem, GetParam()).ok()) continue;
      const auto configuration = DefaultConfiguration(*family, problem, GetParam());
      if (!configuration.has_value()) continue;  // random variants stand in on small devices
      CompileWell(*family, problem, *configuration);
    }
  }
}

// Whose registers are the fullest.
TEST_P(TernaryCompileTest, UntunedChoicesOfLargeBatchesWithGroups) {
  const CudaTernaryFamily& family = *TernaryFamiliesUnderTest()[1];
  for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
    for (const int64_t group : {32, 64, 128}) {
      const TernaryMatmulProblem problem{.batch = 4096,
                                         .weights = {.rows = 4096, .columns = 4096, .group = group},
                                         .activation = activation,
                                         .output = Dtype::kBfloat16};
      if (!family.Supports(problem, GetParam()).ok()) continue;
      const auto configuration = DefaultConfiguration(family, problem, GetParam());
      ASSERT_TRUE(configuration.has_value()) << problem.ToString();
      CompileWell(family, problem, *configuration);
    }
  }
}

TEST_P(TernaryCompileTest, RandomVariants) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(testing::Message() << "ATTUNE_TEST_SEED=" << seed);
  const uint64_t own = seed * 1000 + GetParam().Attribute("compute_capability");
  for (const CudaTernaryFamily* family : TernaryFamiliesUnderTest()) {
    for (uint64_t number = 0; number < kRandomVariants; ++number) {
      const TernaryMatmulProblem problem = RandomTernaryProblem(*family, own * 100 + number);
      if (!Computes(*family, problem, GetParam())) continue;
      const auto configuration =
          DrawConfiguration(*family, problem, GetParam(), own * 100 + number);
      ASSERT_TRUE(configuration.has_value()) << problem.ToString();
      CompileWell(*family, problem, *configuration);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Architectures, TernaryCompileTest,
                         testing::ValuesIn(TestedArchitectures()),
                         [](const testing::TestParamInfo<DeviceInfo>& info) {
                           return info.param.architecture;
                         });

}  // namespace
}  // namespace attune
