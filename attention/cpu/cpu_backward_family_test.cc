#include "attention/cpu/cpu_backward_family.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "attention/cpu/cpu_forward_family.h"
#include "attention/cpu/family_test_util.h"
#include "attention/cpu/only_target.h"

namespace attune {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Problem SmallProblem() {
  Problem problem;
  problem.dtype = Dtype::kFloat32;
  problem.q_heads = 4;
  problem.kv_heads = 2;
  problem.q_len = 129;
  problem.kv_len = 129;
  problem.qk_dim = 64;
  problem.v_dim = 64;
  return problem;
}

std::vector<Configuration> Configurations() {
  return CpuBackwardFamily().space().EnumerateStatic().value();
}

absl::Status RunAndCheck(TestTensors& tensors, const Configuration& configuration) {
  const CpuForwardFamily forward;
  const CpuBackwardFamily backward;
  absl::Status status =
      RunOnCpu(forward, tensors.problem, forward.space().Default(), tensors.forward());
  if (status.ok()) {
    status = RunOnCpu(backward, tensors.problem, configuration, tensors.backward());
  }
  return status.ok() ? CheckBackward(tensors) : status;
}

void ExpectEveryPassCountMatches(const Problem& problem) {
  for (const Configuration& configuration : Configurations()) {
    if (configuration.Get("row_tile") != 112 || configuration.Get("column_tile") != 192) continue;
    TestTensors tensors(problem, 1);
    const absl::Status status = RunAndCheck(tensors, configuration);
    EXPECT_TRUE(status.ok()) << configuration.ToString() << " " << problem.ToString() << ": "
                             << status;
  }
}

TEST(CpuBackwardFamilyTest, OddLengthsMatchTheReference) {
  for (const int64_t q_len : {int64_t{1}, int64_t{7}, int64_t{129}, kLongLength / 2}) {
    for (const int64_t kv_len :
         {int64_t{0}, int64_t{1}, int64_t{7}, int64_t{129}, kLongLength / 2}) {
      for (const Mask& mask : {Mask::Full(), Mask::Causal(), Mask::Causal(Alignment::kTopLeft)}) {
        Problem problem = SmallProblem();
        problem.q_heads = problem.kv_heads = 1;
        problem.q_len = q_len;
        problem.kv_len = kv_len;
        problem.mask = mask;
        ExpectEveryPassCountMatches(problem);
      }
    }
  }
}

TEST(CpuBackwardFamilyTest, EveryHeadDimensionMatchesTheReference) {
  for (int64_t dim = kHeadDimStep; dim <= kMaxHeadDim; dim += kHeadDimStep) {
    Problem problem = SmallProblem();
    problem.q_heads = problem.kv_heads = 1;
    problem.q_len = 65;
    problem.qk_dim = dim;
    problem.v_dim = kMaxHeadDim + kHeadDimStep - dim;
    ExpectEveryPassCountMatches(problem);
  }
}

TEST(CpuBackwardFamilyTest, KeysSumOverTheQueryHeadsThatShareThem) {
  for (const int64_t q_heads : {4, 8}) {
    for (const int64_t kv_heads : {4, 1}) {
      Problem problem = SmallProblem();
      problem.batch = 3;
      problem.q_heads = q_heads;
      problem.kv_heads = kv_heads;
      problem.q_len = 33;
      problem.mask = Mask::Causal();
      ExpectEveryPassCountMatches(problem);
    }
  }
}

TEST(CpuBackwardFamilyTest, EveryVariantMatchesTheReferenceOnEveryTarget) {
  for (const int64_t target : TestedTargets()) {
    const OnlyTarget only(target);
    uint64_t seed = 500;
    for (const Configuration& configuration : Configurations()) {
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

TEST(CpuBackwardFamilyTest, MaskedNonFiniteValuesDoNotReachOtherGradients) {
  for (const Configuration& configuration : Configurations()) {
    Problem problem = SmallProblem();
    problem.q_heads = problem.kv_heads = 1;
    problem.mask = Mask::Causal();
    TestTensors tensors(problem, 4);
    // The last key and value are seen by the last query alone, and its gradient is not finite
    // either.
    StoreElement(problem.dtype, tensors.key.data(), 128 * problem.qk_dim + 5, kNan);
    StoreElement(problem.dtype, tensors.value.data(), 128 * problem.v_dim + 5, kNan);
    StoreElement(problem.dtype, tensors.d_out.data(), 50 * problem.v_dim + 5, kNan);
    const absl::Status status = RunAndCheck(tensors, configuration);
    EXPECT_TRUE(status.ok()) << configuration.ToString() << ": " << status;
    EXPECT_TRUE(
        std::isfinite(LoadElement(problem.dtype, tensors.d_query.data(), 127 * problem.qk_dim)));
    EXPECT_TRUE(
        std::isnan(LoadElement(problem.dtype, tensors.d_query.data(), 128 * problem.qk_dim)));
  }
}

TEST(CpuBackwardFamilyTest, RowsOfScoresOfMinusInfinityDoNotReachTheKeysGradients) {
  for (const Configuration& configuration : Configurations()) {
    Problem problem = SmallProblem();
    problem.q_heads = problem.kv_heads = 1;
    problem.mask = Mask::Causal();  // query 0 sees key 0 alone
    TestTensors tensors(problem, 6);
    MakeFirstScoresMinusInfinity(tensors);
    const CpuForwardFamily forward;
    ASSERT_EQ(RunOnCpu(forward, problem, forward.space().Default(), tensors.forward()),
              absl::OkStatus());
    ASSERT_EQ(RunOnCpu(CpuBackwardFamily(), problem, configuration, tensors.backward()),
              absl::OkStatus());
    for (int64_t i = 0; i < KeyExtent(problem); ++i) {
      const double d_key = LoadElement(problem.dtype, tensors.d_key.data(), i);
      const double d_value = LoadElement(problem.dtype, tensors.d_value.data(), i);
      ASSERT_TRUE(std::isfinite(d_key) && std::isfinite(d_value))
          << configuration.ToString() << " element " << i;
    }
  }
}

TEST(CpuBackwardFamilyTest, RunsGiveTheSameBits) {
  const CpuBackwardFamily family;
  for (const Configuration& configuration : Configurations()) {
    TestTensors tensors(SmallProblem(), 5);
    ASSERT_TRUE(RunAndCheck(tensors, configuration).ok());
    const std::vector<char> d_query = tensors.d_query;
    const std::vector<char> d_key = tensors.d_key;
    const std::vector<char> d_value = tensors.d_value;
    ASSERT_TRUE(RunOnCpu(family, tensors.problem, configuration, tensors.backward()).ok());
    EXPECT_EQ(d_query, tensors.d_query);
    EXPECT_EQ(d_key, tensors.d_key);
    EXPECT_EQ(d_value, tensors.d_value);
  }
}

TEST(CpuBackwardFamilyTest, WorkspaceGrowsNoFasterThanTheLengths) {
  const CpuBackwardFamily family;
  const DeviceInfo device{.attributes = {{"threads", 2}}};
  for (const Configuration& configuration : Configurations()) {
    Problem problem = SmallProblem();
    problem.q_len = problem.kv_len = 4096;
    const auto bytes = [&] {
      return family.Model(problem, configuration, device).at("workspace_bytes");
    };
    const double at_4096 = bytes();
    problem.q_len = problem.kv_len = 8192;
    EXPECT_LE(bytes(), 2 * at_4096);
  }
}

TEST(CpuBackwardFamilyTest, ForeignTensorsAreRefused) {
  const CpuBackwardFamily family;
  TestTensors tensors(SmallProblem(), 7);
  EXPECT_EQ(RunOnCpu(family, tensors.problem, family.space().Default(), tensors.forward()).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
