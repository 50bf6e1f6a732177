#include "attention/cpu/cpu_forward_family.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "attention/cpu/family_test_util.h"
#include "attention/cpu/only_target.h"

namespace attune {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Problem SmallProblem() {
  Problem problem;
  problem.dtype = Dtype::kFloat32;
  problem.q_heads = 4;
  problem.kv_heads = 4;
  problem.q_len = 129;
  problem.kv_len = 129;
  problem.qk_dim = 64;
  problem.v_dim = 64;
  return problem;
}

absl::Status RunAndCheck(TestTensors& tensors, const Configuration& configuration) {
  const CpuForwardFamily family;
  const absl::Status status = RunOnCpu(family, tensors.problem, configuration, tensors.forward());
  return status.ok() ? CheckForward(tensors) : status;
}

absl::Status RunAndCheck(const Problem& problem, uint64_t seed = 1) {
  TestTensors tensors(problem, seed);
  return RunAndCheck(tensors, CpuForwardFamily().space().Default());
}

TEST(CpuForwardFamilyTest, OddLengthsMatchTheReference) {
  for (const int64_t q_len : {1, 7, 129, 1000}) {
    for (const int64_t kv_len : {0, 1, 7, 129, 1000}) {
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

TEST(CpuForwardFamilyTest, EveryHeadDimensionMatchesTheReference) {
  for (int64_t dim = kHeadDimStep; dim <= kMaxHeadDim; dim += kHeadDimStep) {
    Problem problem = SmallProblem();
    problem.q_heads = problem.kv_heads = 1;
    problem.qk_dim = dim;
    problem.v_dim = kMaxHeadDim + kHeadDimStep - dim;
    const absl::Status status = RunAndCheck(problem, dim);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST(CpuForwardFamilyTest, GroupedHeadsReadTheirOwnKeysAndValues) {
  for (const int64_t q_heads : {4, 8}) {
    for (const int64_t kv_heads : {4, 1}) {
      for (const int64_t batch : {1, 2, 8}) {
        Problem problem = SmallProblem();
        problem.batch = batch;
        problem.q_heads = q_heads;
        problem.kv_heads = kv_heads;
        problem.q_len = 33;
        problem.mask = Mask::Causal();
        const absl::Status status = RunAndCheck(problem);
        EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
      }
    }
  }
}

TEST(CpuForwardFamilyTest, EveryVariantMatchesTheReferenceOnEveryTarget) {
  const CpuForwardFamily family;
  const auto configurations = family.space().EnumerateStatic();
  ASSERT_TRUE(configurations.ok()) << configurations.status();
  for (const int64_t target : TestedTargets()) {
    const OnlyTarget only(target);
    uint64_t seed = 100;
    for (const Configuration& configuration : *configurations) {
      for (int repetition = 0; repetition < kProblemsPerVariant; ++repetition, ++seed) {
        TestTensors tensors(RandomProblem(seed), seed);
        const absl::Status status = RunAndCheck(tensors, configuration);
        EXPECT_TRUE(status.ok()) << hwy::TargetName(target) << " " << configuration.ToString()
                                 << " seed " << seed << " " << tensors.problem.ToString() << ": "
                                 << status;
      }
    }
  }
}

TEST(CpuForwardFamilyTest, StridesWithGapsAreFollowed) {
  Problem problem = SmallProblem();
  problem.batch = 2;
  problem.query_strides = Strides{.batch = 50000, .head = 10000, .length = 72};
  problem.key_strides = Strides{.batch = 70000, .head = 80, .length = 400};
  problem.out_strides = Strides{.batch = 80000, .head = 64, .length = 300};
  const absl::Status status = RunAndCheck(problem);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(CpuForwardFamilyTest, RowsWithoutKeysGiveZerosAndMinusInfinity) {
  Problem problem = SmallProblem();
  problem.q_heads = problem.kv_heads = 1;
  problem.q_len = 40;
  problem.kv_len = 8;
  problem.mask = Mask::Causal();  // bottom-right: the first 32 rows see nothing
  TestTensors tensors(problem, 3);
  ASSERT_TRUE(RunAndCheck(tensors, CpuForwardFamily().space().Default()).ok());
  EXPECT_EQ(tensors.log_sum_exp[31], -kInfinity);
  EXPECT_EQ(LoadElement(problem.dtype, tensors.out.data(), 31 * problem.v_dim), 0);
  EXPECT_TRUE(std::isfinite(tensors.log_sum_exp[32]));
}

TEST(CpuForwardFamilyTest, MaskedNonFiniteKeysAndValuesDoNotReachARow) {
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
    const absl::Status status = RunAndCheck(tensors, CpuForwardFamily().space().Default());
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_TRUE(std::isfinite(tensors.log_sum_exp[99]));
  }
}

TEST(CpuForwardFamilyTest, NanScoresMakeTheRowNan) {
  Problem problem = SmallProblem();
  TestTensors tensors(problem, 5);
  StoreElement(problem.dtype, tensors.query.data(), 10 * problem.q_heads * problem.qk_dim, kNan);
  const absl::Status status = RunAndCheck(tensors, CpuForwardFamily().space().Default());
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(std::isnan(tensors.log_sum_exp[10]));
}

TEST(CpuForwardFamilyTest, LogSumExpMayBeLeftOut) {
  TestTensors tensors(SmallProblem(), 6);
  ForwardTensors forward = tensors.forward();
  forward.log_sum_exp = nullptr;
  const CpuForwardFamily family;
  EXPECT_TRUE(RunOnCpu(family, tensors.problem, family.space().Default(), forward).ok());
  EXPECT_TRUE(std::isnan(tensors.log_sum_exp[0]));
}

TEST(CpuForwardFamilyTest, WorkspaceGrowsNoFasterThanTheLengths) {
  const CpuForwardFamily family;
  const DeviceInfo device{.attributes = {{"threads", 2}}};
  Problem problem = SmallProblem();
  problem.q_len = problem.kv_len = 4096;
  const auto bytes = [&] {
    return family.Model(problem, family.space().Default(), device).at("workspace_bytes");
  };
  const double at_4096 = bytes();
  problem.q_len = problem.kv_len = 8192;
  EXPECT_LE(bytes(), 2 * at_4096);
}

TEST(CpuForwardFamilyTest, OtherDevicesAndForeignTensorsAreRefused) {
  const CpuForwardFamily family;
  const Problem problem = SmallProblem();
  const DeviceInfo gpu{.id = "cuda:0", .kind = DeviceKind::kCuda};
  EXPECT_EQ(family.Supports(problem, gpu).code(), absl::StatusCode::kUnimplemented);
  TestTensors tensors(problem, 7);
  EXPECT_EQ(
      RunOnCpu(family, problem, family.space().Default(), AttentionTensors(tensors.backward()))
          .code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
