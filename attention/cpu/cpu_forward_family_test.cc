#include "attention/cpu/cpu_forward_family.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "attention/cpu/cpu_forward_fixture.h"
#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/only_target.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "device/cpu/cpu_device.h"
#include "operators/changed_configuration.h"

namespace attune {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

INSTANTIATE_TEST_SUITE_P(Products, CpuForwardFamilyTest,
                         ::testing::Values(kFloatProducts, kTileProducts, kVectorProducts),
                         ProductsName);

TEST_P(CpuForwardFamilyTest, OddLengthsMatchTheReference) {
  for (const int64_t q_len : {int64_t{1}, int64_t{7}, int64_t{129}, kLongLength}) {
    for (const int64_t kv_len : {int64_t{0}, int64_t{1}, int64_t{7}, int64_t{129}, kLongLength}) {
      for (const Mask& mask : {Mask::Full(), Mask::Causal(), Mask::Causal(Alignment::kTopLeft)}) {
        Problem problem = SmallProblem();
        problem.q_heads = problem.kv_heads = 1;
        problem.q_len = q_len;
        problem.kv_len = kv_len;
        problem.mask = mask;
        const absl::Status status = RunAndCheck(problem);
        EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
      }
    }
  }
}

TEST_P(CpuForwardFamilyTest, EveryHeadDimensionMatchesTheReference) {
  for (int64_t dim = kHeadDimStep; dim <= kMaxHeadDim; dim += kHeadDimStep) {
    Problem problem = SmallProblem();
    problem.q_heads = problem.kv_heads = 1;
    problem.qk_dim = dim;
    problem.v_dim = kMaxHeadDim + kHeadDimStep - dim;
    const absl::Status status = RunAndCheck(problem, dim);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST_P(CpuForwardFamilyTest, StridesWithGapsAreFollowed) {
  Problem problem = SmallProblem();
  problem.batch = 2;
  problem.query_strides = Strides{.batch = 50000, .head = 10000, .length = 72};
  problem.key_strides = Strides{.batch = 70000, .head = 80, .length = 400};
  problem.out_strides = Strides{.batch = 80000, .head = 64, .length = 300};
  const absl::Status status = RunAndCheck(problem);
  EXPECT_TRUE(status.ok()) << status;
}

// Rows that start at odd elements: words of two are not aligned.
TEST_P(CpuForwardFamilyTest, OddStridesAreFollowed) {
  Problem problem = SmallProblem();
  problem.query_strides = Strides{.batch = 50001, .head = 10001, .length = 65};
  problem.key_strides = Strides{.batch = 70001, .head = 67, .length = 401};
  problem.value_strides = Strides{.batch = 70001, .head = 12001, .length = 67};
  const absl::Status status = RunAndCheck(problem);
  EXPECT_TRUE(status.ok()) << status;
}

TEST_P(CpuForwardFamilyTest, ErrorsStayWithinTwiceThoseOfTheStraightforwardComputation) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    Problem problem = SmallProblem();
    problem.q_len = problem.kv_len = seed * (kLongLength / 6);
    problem.qk_dim = problem.v_dim = seed * 32;
    problem.mask = seed % 2 == 0 ? Mask::Causal() : Mask::Full();
    problem.soft_cap = seed == 3 ? 20 : 0;
    problem.alibi = seed == 4;
    AttentionInputs inputs(problem, Direction::kForward, seed);
    const absl::Status run =
        RunOnCpu(CpuForwardFamily(), problem, DefaultConfiguration(), inputs.Forward());
    ASSERT_TRUE(run.ok()) << run;
    const absl::Status verdict = VerifyForward(inputs, ExpectForward(inputs));
    EXPECT_TRUE(verdict.ok()) << problem.ToString() << " seed " << seed << ": " << verdict;
  }
}

TEST_P(CpuForwardFamilyTest, NegativeAndZeroScalesAreKept) {
  for (const double scale : {-0.3, 0.0}) {
    Problem problem = SmallProblem();
    problem.softmax_scale = scale;
    const absl::Status status = RunAndCheck(problem);
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_P(CpuForwardFamilyTest, VisibleNonFiniteValuesReachTheirRows) {
  for (const float value : {kNan, kInfinity, -kInfinity}) {
    for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
      Problem problem = SmallProblem();
      problem.mask = mask;
      TestTensors tensors(problem, 8);
      StoreElement(problem.dtype, tensors.value.data(), 101 * problem.kv_heads * problem.v_dim + 5,
                   value);
      const absl::Status status = RunAndCheck(tensors);
      EXPECT_TRUE(status.ok()) << status;
    }
  }
}

TEST_P(CpuForwardFamilyTest, RowsWithoutKeysGiveZerosAndMinusInfinity) {
  Problem problem = SmallProblem();
  problem.q_heads = problem.kv_heads = 1;
  problem.q_len = 40;
  problem.kv_len = 8;
  problem.mask = Mask::Causal();  // bottom-right: the first 32 rows see nothing
  TestTensors tensors(problem, 3);
  ASSERT_TRUE(RunAndCheck(tensors).ok());
  EXPECT_EQ(tensors.log_sum_exp[31], -kInfinity);
  EXPECT_EQ(LoadElement(problem.dtype, tensors.out.data(), 31 * problem.v_dim), 0);
  EXPECT_TRUE(std::isfinite(tensors.log_sum_exp[32]));
}

TEST_P(CpuForwardFamilyTest, RowsOfScoresOfMinusInfinityGiveZerosAndMinusInfinity) {
  Problem problem = SmallProblem();
  problem.q_heads = problem.kv_heads = 1;
  problem.mask = Mask::Causal();  // row 0 sees key 0 alone
  TestTensors tensors(problem, 9);
  MakeFirstScoresMinusInfinity(tensors);
  const absl::Status status = RunAndCheck(tensors);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(tensors.log_sum_exp[0], -kInfinity);
  for (int64_t d = 0; d < problem.v_dim; ++d) {
    EXPECT_EQ(LoadElement(problem.dtype, tensors.out.data(), d), 0) << d;
  }
  EXPECT_TRUE(std::isfinite(tensors.log_sum_exp[1]));
}

TEST_P(CpuForwardFamilyTest, MaskedNonFiniteKeysAndValuesDoNotReachARow) {
  for (const float value : {kNan, kInfinity, -kInfinity}) {
    Problem problem = SmallProblem();
    problem.mask = Mask::Causal();
    TestTensors tensors(problem, 4);
    // Key 100 of every head, in the middle of a micro-tile.
    for (int64_t i = 0; i < problem.q_heads * problem.qk_dim; ++i) {
      const int64_t index = 100 * problem.kv_heads * problem.qk_dim + i;
      StoreElement(problem.dtype, tensors.value.data(), index, value);
      if (std::isnan(value)) StoreElement(problem.dtype, tensors.key.data(), index, value);
    }
    const absl::Status status = RunAndCheck(tensors);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_TRUE(std::isfinite(tensors.log_sum_exp[99]));
  }
}

TEST_P(CpuForwardFamilyTest, NanScoresMakeTheRowNan) {
  Problem problem = SmallProblem();
  TestTensors tensors(problem, 5);
  StoreElement(problem.dtype, tensors.query.data(), 10 * problem.q_heads * problem.qk_dim, kNan);
  const absl::Status status = RunAndCheck(tensors);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(std::isnan(tensors.log_sum_exp[10]));
}

TEST_P(CpuForwardFamilyTest, LogSumExpMayBeLeftOut) {
  TestTensors tensors(SmallProblem(), 6);
  ForwardTensors forward = tensors.forward();
  forward.log_sum_exp = nullptr;
  const CpuForwardFamily family;
  EXPECT_TRUE(RunOnCpu(family, tensors.problem, DefaultConfiguration(), forward).ok());
  EXPECT_TRUE(std::isnan(tensors.log_sum_exp[0]));
}

TEST_P(CpuForwardFamilyTest, WorkspaceGrowsNoFasterThanTheLengths) {
  const CpuForwardFamily family;
  const DeviceInfo device{.attributes = {{"threads", 2}}};
  Problem problem = SmallProblem();
  problem.q_len = problem.kv_len = 4096;
  const auto bytes = [&] {
    return family.Model(problem, DefaultConfiguration(), device).at("workspace_bytes");
  };
  const double at_4096 = bytes();
  problem.q_len = problem.kv_len = 8192;
  EXPECT_LE(bytes(), 2 * at_4096);
}

TEST_P(CpuForwardFamilyTest, DecodingTakesNoWorkspaceForTheCache) {
  const CpuForwardFamily family;
  const DeviceInfo device{.attributes = {{"threads", 2}}};
  Problem problem = SmallProblem();
  problem.q_len = 1;
  problem.kv_len = 4096;
  const auto bytes = [&] {
    return family.Model(problem, DefaultConfiguration(), device).at("workspace_bytes");
  };
  const double at_4096 = bytes();
  problem.kv_len = 8192;
  EXPECT_EQ(bytes(), at_4096);
}

TEST_P(CpuForwardFamilyTest, PackedLengthsThatDoNotFitAreRefused) {
  Problem problem = SmallProblem();
  problem.packed = Packed{.total_q_len = problem.q_len, .total_kv_len = problem.kv_len};
  AttentionInputs inputs(problem, Direction::kForward, 1);
  const int32_t too_long[] = {0, static_cast<int32_t>(problem.q_len) + 1};
  ForwardTensors tensors = inputs.Forward();
  tensors.cumulative_query_lengths = too_long;
  const absl::Status status =
      RunOnCpu(CpuForwardFamily(), problem, DefaultConfiguration(), tensors);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
}

TEST_P(CpuForwardFamilyTest, OtherDevicesAndForeignTensorsAreRefused) {
  const CpuForwardFamily family;
  const Problem problem = SmallProblem();
  const DeviceInfo gpu{.id = "cuda:0", .kind = DeviceKind::kCuda};
  EXPECT_EQ(family.Supports(problem, gpu).code(), absl::StatusCode::kUnimplemented);
  TestTensors tensors(problem, 7);
  EXPECT_EQ(RunOnCpu(family, problem, DefaultConfiguration(), AttentionTensors(tensors.backward()))
                .code(),
            absl::StatusCode::kInvalidArgument);
}

class CpuForwardProductsTest : public ::testing::TestWithParam<int64_t> {};

INSTANTIATE_TEST_SUITE_P(Products, CpuForwardProductsTest,
                         ::testing::Values(kTileProducts, kVectorProducts), ProductsName);

TEST_P(CpuForwardProductsTest, AreForBf16AndForInstructionSetsThatHaveThem) {
  const CpuForwardFamily family;
  const Configuration tiles = Changed(family.space().Default(), {{"bf16_products", GetParam()}});
  CpuDevice device;
  Problem problem{.dtype = Dtype::kFloat16, .q_len = 8, .kv_len = 8, .qk_dim = 8, .v_dim = 8};
  EXPECT_EQ(family.Prepare(problem, tiles, device).status().code(),
            absl::StatusCode::kInvalidArgument);
  problem.dtype = Dtype::kBfloat16;
  const OnlyTarget only(HWY_SSE4);
  EXPECT_EQ(family.Prepare(problem, tiles, device).status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(family.Model(problem, tiles, device.info()).at("products_available"), 0);
  EXPECT_EQ(family.Model(problem, family.space().Default(), device.info()).at("products_available"),
            1);
}

}  // namespace
}  // namespace attune
