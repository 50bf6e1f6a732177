// Variants of a family compile for every architecture that it supports, spill nothing, and are not
// slowed down by ptxas.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "attention/cuda/testing/architectures.h"
#include "attention/cuda/testing/family_under_test.h"
#include "attention/cuda/testing/variant_sample.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/nvrtc.h"
#include "operators/family_configuration.h"
#include "operators/testing/configuration_draw.h"

namespace attune {
namespace {

// Few, as a variant with large head dims can take half a minute of ptxas; $ATTUNE_TEST_SEED draws
// others.
constexpr int kVariants = 1;

// What most transformers ask for, in each kind of element, and with functors of a user's own.
std::vector<Problem> CommonProblems() {
  Problem problem{.dtype = Dtype::kBfloat16,
                  .batch = 1,
                  .q_heads = 32,
                  .kv_heads = 8,
                  .q_len = 4096,
                  .kv_len = 4096,
                  .qk_dim = 128,
                  .v_dim = 128,
                  .mask = Mask::Causal()};
  std::vector<Problem> problems = {problem};
  Problem users = problem;
  users.score_expression = "score + bias[h] * (kv - q)";
  users.mask_expression = "document[q] == document[kv]";
  users.buffers = {{.name = "bias", .extent = 32},
                   {.name = "document", .element = BufferElement::kInt32, .extent = 4096}};
  problems.push_back(users);
  problem.dtype = Dtype::kFloat32;
  problem.qk_dim = problem.v_dim = 64;
  problems.push_back(problem);
  return problems;
}

// Each feature that code is compiled for, among head dims that are less common.
std::vector<Problem> FeaturedProblems() {
  Problem plain = CommonProblems()[0];
  std::vector<Problem> problems(10, plain);
  problems[0].packed = Packed{.total_q_len = 16384, .total_kv_len = 16384};
  problems[1].soft_cap = 30;
  problems[2].alibi = true;
  problems[2].mask = Mask::Full();
  problems[2].qk_dim = problems[2].v_dim = 72;
  problems[3].dtype = Dtype::kFloat16;
  problems[3].qk_dim = problems[3].v_dim = 80;
  problems[4] = CommonProblems()[1];
  problems[4].qk_dim = problems[4].v_dim = 160;
  problems[4].mask = Mask::Window(1000, 0);
  problems[5].packed = problems[0].packed;
  problems[5].alibi = true;
  problems[5].mask = Mask::Window(1000, 10);
  problems[6] = CommonProblems()[1];
  problems[6].packed = problems[0].packed;
  problems[6].qk_dim = problems[6].v_dim = 256;
  problems[7].alibi = true;
  problems[7].soft_cap = 30;
  problems[7].softmax_scale = -1;
  problems[7].qk_dim = problems[7].v_dim = 64;
  // Without groups of heads to put into one tile.
  problems[8].kv_heads = 32;
  problems[8].alibi = true;
  problems[9].kv_heads = 32;
  problems[9].soft_cap = 80;
  return problems;
}

std::vector<DeviceInfo> DevicesUnderTest() {
  const std::vector<std::string> wanted = ArchitecturesUnderTest();
  std::vector<DeviceInfo> devices;
  for (const DeviceInfo& device : TestedArchitectures()) {
    if (std::count(wanted.begin(), wanted.end(), device.architecture) != 0)
      devices.push_back(device);
  }
  return devices;
}

// None, but for one value (8 bytes each way) where sequences are packed, heads have 256 dimensions
// and scores are a user's expression: no variant of hopper_forward has a register less
// (NVRTC 13.0).
int64_t AllowedSpillBytes(const Problem& problem) {
  const bool general = problem.packed.has_value() && !problem.score_expression.empty();
  return general && problem.qk_dim == 256 ? 16 : 0;
}

class CompileTest : public testing::TestWithParam<DeviceInfo> {
 protected:
  void SetUp() override {
    const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
    ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
    nvrtc_ = *nvrtc;
  }

  void CompileWell(const Variant& variant) {
    const CudaAttentionFamily& family = FamilyUnderTest();
    const auto image = CompileKernel(
        *nvrtc_, family.Source(variant.problem, variant.configuration, GetParam().architecture));
    ASSERT_TRUE(image.ok()) << variant.ToString() << "\n" << image.status();
    EXPECT_LE(image->resources.spill_store_bytes + image->resources.spill_load_bytes,
              AllowedSpillBytes(variant.problem))
        << variant.ToString() << "\n"
        << image->resources.ToString();
    EXPECT_EQ(image->performance_warnings, "") << variant.ToString();
    EXPECT_LE(image->resources.static_shared_bytes +
                  family.DynamicSharedBytes(variant.problem, variant.configuration),
              GetParam().Attribute("shared_bytes_per_multiprocessor"))
        << variant.ToString();
  }

  const Nvrtc* nvrtc_ = nullptr;
};

TEST_P(CompileTest, UntunedVariantsOfCommonProblems) {
  for (const Problem& problem : CommonProblems()) {
    if (!FamilyUnderTest().Supports(problem, GetParam()).ok()) continue;
    const auto choice = ChooseConfiguration(FamilyUnderTest(), problem, GetParam(), nullptr);
    ASSERT_TRUE(choice.ok()) << choice.status();
    CompileWell({problem, choice->configuration});
  }
}

TEST_P(CompileTest, UntunedVariantsOfEachFeature) {
  // A family of several architectures compiles each problem for one of them.
  const std::vector<std::string> architectures = ArchitecturesUnderTest();
  const size_t own =
      std::find(architectures.begin(), architectures.end(), GetParam().architecture) -
      architectures.begin();
  const std::vector<Problem> problems = FeaturedProblems();
  for (size_t i = own; i < problems.size(); i += architectures.size()) {
    ASSERT_TRUE(Validate(problems[i]).ok()) << Validate(problems[i]);
    ASSERT_TRUE(FamilyUnderTest().Supports(problems[i], GetParam()).ok()) << problems[i].ToString();
    const auto choice = ChooseConfiguration(FamilyUnderTest(), problems[i], GetParam(), nullptr);
    ASSERT_TRUE(choice.ok()) << choice.status();
    CompileWell({problems[i], choice->configuration});
  }
}

TEST_P(CompileTest, RandomVariants) {
  // Each architecture has variants of its own, so that the whole set covers more of the space.
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(testing::Message() << "ATTUNE_TEST_SEED=" << seed);
  const uint64_t own = seed * 1000 + GetParam().Attribute("compute_capability");
  const std::vector<Variant> variants =
      SampleVariants(FamilyUnderTest(), GetParam(), kVariants, own);
  EXPECT_EQ(variants.size(), static_cast<size_t>(kVariants));
  for (const Variant& variant : variants) CompileWell(variant);
}

INSTANTIATE_TEST_SUITE_P(Architectures, CompileTest, testing::ValuesIn(DevicesUnderTest()),
                         [](const testing::TestParamInfo<DeviceInfo>& info) {
                           return info.param.architecture;
                         });

}  // namespace
}  // namespace attune
