#include "attention/cuda/portable/portable_forward_model.h"

#include <cmath>
#include <cstdint>
#include <string>

#include "attention/workload.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/untuned.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace attune::portable {
namespace {

constexpr char kSpaceFile[] = "attention/cuda/portable/portable_forward.space.textproto";

ParameterSpace Space() {
  const auto text = ReadFile(kSpaceFile);
  EXPECT_TRUE(text.ok()) << text.status();
  auto space = ParameterSpace::Parse(*text, kSpaceFile);
  EXPECT_TRUE(space.ok()) << space.status();
  return *std::move(space);
}

Problem SmallProblem() {
  Problem problem;
  problem.batch = 2;
  problem.q_heads = 8;
  problem.kv_heads = 2;
  problem.q_len = 1000;
  problem.kv_len = 3000;
  problem.qk_dim = 128;
  problem.v_dim = 128;
  return problem;
}

// Shared memory of a block on sm_80, sm_86 (sm_89 and sm_120 have the same), and sm_90 (and
// sm_100).
constexpr int64_t kSharedBytes[] = {163 << 10, 99 << 10, 227 << 10};

Variables AllVariables(const Problem& problem, const Configuration& configuration,
                       int64_t shared_bytes) {
  Variables variables = ProblemVariables(problem);
  variables.merge(ForwardVariables(problem, ConfigurationOf(configuration)));
  variables["device_shared_bytes_per_block"] = static_cast<double>(shared_bytes);
  return variables;
}

TEST(PortableForwardSpaceTest, DefaultIsForCommonHeadsOfDataCentreGpus) {
  const ParameterSpace space = Space();
  for (const int64_t dim : {64, 128}) {
    Problem problem = SmallProblem();
    problem.qk_dim = problem.v_dim = dim;
    const auto removed =
        space.RemovedBy(space.Default(), AllVariables(problem, space.Default(), kSharedBytes[2]));
    ASSERT_TRUE(removed.ok()) << removed.status();
    EXPECT_FALSE(removed->has_value()) << **removed;
  }
}

TEST(PortableForwardModelTest, UntunedFp32BeginsWithTheLongestTilesUnderADiagonal) {
  const ParameterSpace space = Space();
  const auto untuned = [&](Dtype dtype, const Mask& mask) {
    Problem problem = SmallProblem();
    problem.qk_dim = problem.v_dim = 64;
    problem.dtype = dtype;
    problem.mask = mask;
    const auto model = [&](const Configuration& configuration) {
      Variables variables = AllVariables(problem, configuration, kSharedBytes[2]);
      variables.merge(UntunedVariables(problem));
      return variables;
    };
    const auto chosen = UntunedConfiguration(space, {}, model);
    EXPECT_TRUE(chosen.ok()) << chosen.status();
    return chosen->Get("longest_first");
  };
  EXPECT_EQ(untuned(Dtype::kFloat32, Mask::Causal()), 1);
  EXPECT_EQ(untuned(Dtype::kFloat32, Mask::Full()), 0);
  EXPECT_EQ(untuned(Dtype::kBfloat16, Mask::Causal()), 0);
}

TEST(PortableForwardSpaceTest, EveryHeadDimRunsEverywhere) {
  const ParameterSpace space = Space();
  for (const int64_t shared_bytes : kSharedBytes) {
    for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16}) {
      for (const int64_t dim : {8, 128, 256}) {
        Problem problem = SmallProblem();
        problem.dtype = dtype;
        problem.qk_dim = problem.v_dim = dim;
        problem.alibi = true;
        const auto enumeration = space.Enumerate([&](const Configuration& configuration) {
          return AllVariables(problem, configuration, shared_bytes);
        });
        ASSERT_TRUE(enumeration.ok()) << enumeration.status();
        EXPECT_FALSE(enumeration->admitted.empty())
            << problem.ToString() << " in " << shared_bytes << " bytes";
      }
    }
  }
}

TEST(PortableForwardSpaceTest, AdmittedConfigurationsAreValidInTheKernel) {
  const ParameterSpace space = Space();
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kBfloat16}) {
    for (const int64_t dim : {16, 72, 128, 256}) {
      Problem problem = SmallProblem();
      problem.dtype = dtype;
      problem.qk_dim = problem.v_dim = dim;
      problem.mask = Mask::Causal();
      const auto enumeration = space.Enumerate([&](const Configuration& configuration) {
        return AllVariables(problem, configuration, kSharedBytes[2]);
      });
      ASSERT_TRUE(enumeration.ok()) << enumeration.status();
      EXPECT_GE(enumeration->admitted.size(), 20u) << problem.ToString();
      for (const Configuration& configuration : enumeration->admitted) {
        EXPECT_TRUE(IsValid(TraitsOf(problem), ConfigurationOf(configuration)))
            << configuration.ToString();
      }
    }
  }
}

TEST(PortableForwardModelTest, SharedMemoryHoldsQueriesAndStages) {
  const PortableForwardConfiguration configuration{
      .block_m = 128, .block_n = 64, .warps = 4, .stages = 2};
  const auto launch = LaunchOf(SmallProblem(), configuration);
  ASSERT_TRUE(launch.ok()) << launch.status();
  EXPECT_EQ(launch->shared_bytes, (128 * 128 + 2 * 64 * (128 + 128)) * 2);
  EXPECT_EQ(launch->threads, 128);
  EXPECT_EQ(launch->blocks, 8 * 8 * 2);  // ceil(1000 / 128) query blocks
}

TEST(PortableForwardModelTest, HeadDimsArePaddedInSharedMemoryOnly) {
  Problem problem = SmallProblem();
  problem.qk_dim = 24;
  problem.v_dim = 40;
  const PortableForwardTraits half = TraitsOf(problem);
  EXPECT_EQ(QueryRowBytes(half), 32 * 2);
  EXPECT_EQ(ValueRowBytes(half), 48 * 2);
  problem.dtype = Dtype::kFloat32;
  const PortableForwardTraits full = TraitsOf(problem);
  EXPECT_EQ(QueryRowBytes(full), 24 * 4);
  EXPECT_EQ(ValueRowBytes(full), 40 * 4);
}

TEST(PortableForwardModelTest, OutputFitsWhereItReplacesInputs) {
  const PortableForwardTraits traits{.qk_dim = 16, .v_dim = 256};
  const PortableForwardConfiguration configuration{
      .block_m = 256, .block_n = 16, .warps = 8, .stages = 1};
  EXPECT_EQ(SharedBytes(traits, configuration), 256 * 256 * 2);
}

TEST(PortableForwardModelTest, VectorsAreAsWideAsStridesAndAddressesAllow) {
  Problem problem = SmallProblem();
  EXPECT_EQ(TraitsOf(problem).vector_bytes, 16);
  problem.key_strides = KeyStrides(problem);
  problem.key_strides->length += 4;
  EXPECT_EQ(TraitsOf(problem).vector_bytes, 8);
  problem.key_strides->length += 1;
  EXPECT_EQ(TraitsOf(problem).vector_bytes, 2);
  problem.dtype = Dtype::kFloat32;
  EXPECT_EQ(TraitsOf(problem).vector_bytes, 4);

  alignas(16) char memory[64];
  ForwardTensors tensors{.query = memory, .key = memory, .value = memory + 32, .out = memory};
  EXPECT_EQ(AddressAlignment(tensors), 16);
  tensors.value = memory + 6;
  EXPECT_EQ(AddressAlignment(tensors), 2);
}

TEST(PortableForwardModelTest, ParametersCarryMaskAndScale) {
  Problem problem = SmallProblem();
  problem.mask = Mask::Window(100, 0, Alignment::kTopLeft);
  problem.softmax_scale = 0.5;
  const PortableForwardConfiguration configuration;
  PortableForwardParameters p = ParametersOf(problem, configuration, {}, 32 << 20);
  EXPECT_EQ(p.left, 100);
  EXPECT_EQ(p.right, 0);
  EXPECT_EQ(p.bottom_right, 0);
  EXPECT_EQ(p.group, 4);
  EXPECT_FLOAT_EQ(p.scale, 0.5f);
  EXPECT_FLOAT_EQ(std::exp2(p.scale_log2), std::exp(0.5f));
  problem.mask = Mask::Full();
  p = ParametersOf(problem, configuration, {}, 32 << 20);
  EXPECT_EQ(p.left, kUnbounded);
  EXPECT_EQ(p.right, kUnbounded);
  EXPECT_EQ(p.bottom_right, 1);
}

TEST(PortableForwardModelTest, PackedSequencesHaveLengthsAndNoBatchStride) {
  Problem problem = SmallProblem();
  const int32_t lengths[1] = {};
  const ForwardTensors tensors{.cumulative_query_lengths = lengths,
                               .cumulative_key_lengths = lengths + 1};
  const PortableForwardConfiguration configuration;
  PortableForwardParameters p = ParametersOf(problem, configuration, tensors, 32 << 20);
  EXPECT_EQ(p.cumulative_query_lengths, nullptr);
  EXPECT_EQ(p.cumulative_key_lengths, nullptr);
  EXPECT_EQ(p.log_sum_exp_head_stride, problem.q_len);
  problem.packed = Packed{.total_q_len = 5 * problem.q_len, .total_kv_len = 7 * problem.kv_len};
  p = ParametersOf(problem, configuration, tensors, 32 << 20);
  EXPECT_EQ(p.cumulative_query_lengths, lengths);
  EXPECT_EQ(p.cumulative_key_lengths, lengths + 1);
  EXPECT_EQ(p.log_sum_exp_head_stride, 5 * problem.q_len);
  EXPECT_EQ(p.key_strides.batch, 0);
  // Blocks for as many sequences of the longest's length.
  const auto launch = LaunchOf(problem, configuration);
  ASSERT_TRUE(launch.ok()) << launch.status();
  EXPECT_EQ(launch->blocks, p.q_blocks * problem.batch * problem.q_heads);
}

TEST(PortableForwardModelTest, SectionOfHeadsFillsHalfOfL2) {
  Problem problem = SmallProblem();
  problem.batch = 64;
  problem.kv_len = 4096;  // 2 MiB of keys and values for each key-value head
  const PortableForwardConfiguration configuration;
  EXPECT_EQ(ParametersOf(problem, configuration, {}, 32 << 20).heads_per_section, 8 * 4);
  // Never none, never more than there are.
  EXPECT_EQ(ParametersOf(problem, configuration, {}, 0).heads_per_section, 4);
  EXPECT_EQ(ParametersOf(problem, configuration, {}, int64_t{1} << 40).heads_per_section, 64 * 8);
}

TEST(PortableForwardModelTest, ExpressionsMakeTheMaskAndBuffersKeepTheirOrder) {
  Problem problem = SmallProblem();
  problem.mask_expression = "kv != 3";
  problem.buffers = {{.name = "other", .extent = 1}, {.name = "bias", .extent = 8}};
  EXPECT_EQ(MaskType(problem), "attune::portable::BandAnd<attune::functors::UserMask>");
  const float memory[2] = {};
  const ForwardTensors tensors{.buffers = {memory, memory + 1}};
  const PortableForwardParameters p = ParametersOf(problem, {}, tensors, 32 << 20);
  EXPECT_EQ(p.buffers[0], memory);
  EXPECT_EQ(p.buffers[1], memory + 1);
}

TEST(PortableForwardModelTest, TooLongGridIsRefused) {
  Problem problem = SmallProblem();
  problem.q_len = kMaxLength;
  problem.batch = 1 << 20;
  EXPECT_FALSE(LaunchOf(problem, {}).ok());
}

TEST(PortableForwardModelTest, KernelExpressionNamesEveryField) {
  const std::string expression =
      KernelExpression({.element = ElementType::kHalf, .qk_dim = 64, .v_dim = 72},
                       {.block_m = 32, .warps = 2, .overlap = 1}, "M", "S");
  EXPECT_EQ(expression,
            "attune::portable::PortableForward<attune::portable::PortableForwardTraits{"
            ".element = attune::portable::ElementType::kHalf, .qk_dim = 64, .v_dim = 72, "
            ".vector_bytes = 16}, attune::portable::PortableForwardConfiguration{.block_m = 32, "
            ".block_n = 64, .warps = 2, .stages = 2, .blocks_per_sm = 2, .query_registers = 0, "
            ".lazy_rescale = 1, .longest_first = 0, .overlap = 1}, M, S>");
}

}  // namespace
}  // namespace attune::portable
