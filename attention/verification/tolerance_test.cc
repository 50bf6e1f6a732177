#include "attention/verification/tolerance.h"

#include <vector>

#include "attention/reference/backward.h"
#include "attention/reference/forward.h"
#include "attention/verification/attention_inputs.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(ToleranceTest, Float32HasTheFixedLimits) {
  const std::vector<double> exact = {1, 2, 3};
  const std::vector<double> poor = {1.001, 2, 3};
  const Tolerance tolerance = DeriveTolerance(Dtype::kFloat32, exact, poor);
  EXPECT_EQ(tolerance.mean_absolute, 1e-5);
  EXPECT_EQ(tolerance.root_mean_square, 1e-4);
  EXPECT_EQ(tolerance.max_absolute, 1e-3);
  EXPECT_EQ(tolerance.cosine, 0.999);
}

TEST(ToleranceTest, CpuFloat32IsTheReports) {
  const Tolerance tolerance = CpuFloat32Tolerance();
  EXPECT_EQ(tolerance.mean_absolute, 1e-6);
  EXPECT_EQ(tolerance.root_mean_square, 1e-6);
  EXPECT_EQ(tolerance.cosine, 0.9999);
}

TEST(ToleranceTest, SixteenBitsGetTwiceTheStraightforwardError) {
  const std::vector<double> exact = {1, 2, 3, 4};
  const std::vector<double> straightforward = {1, 2, 3, 4.2};
  const Tolerance tolerance = DeriveTolerance(Dtype::kBfloat16, exact, straightforward);
  EXPECT_NEAR(tolerance.mean_absolute, 0.1, 1e-12);
  EXPECT_NEAR(tolerance.root_mean_square, 0.2, 1e-12);
  EXPECT_NEAR(tolerance.max_absolute, 0.4, 1e-12);
}

TEST(ToleranceTest, ExactStraightforwardLeavesRoomForOneRounding) {
  const std::vector<double> exact = {1, -2, 0, 1};
  const Tolerance tolerance = DeriveTolerance(Dtype::kFloat16, exact, exact);
  EXPECT_EQ(tolerance.mean_absolute, 0x1p-12);
  EXPECT_EQ(tolerance.max_absolute, 0x1p-9);
  EXPECT_EQ(tolerance.cosine, 0.999);
}

TEST(ToleranceTest, AllZeroOutputNeverPasses) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const Problem problem = {.dtype = dtype,
                             .q_heads = 2,
                             .kv_heads = 1,
                             .q_len = 9,
                             .kv_len = 700,
                             .qk_dim = 16,
                             .v_dim = 16};
    AttentionInputs inputs(problem, Direction::kBackward, 1);
    const ReferenceInputs reference = inputs.Reference();
    const auto expect_zero_fails = [](const std::vector<double>& exact,
                                      const Tolerance& tolerance) {
      const std::vector<double> zeros(exact.size(), 0.0);
      EXPECT_FALSE(CheckTolerance(CompareArrays(exact, zeros), tolerance, "zeros").ok());
    };
    const ReferenceForward forward = ComputeReferenceForward(problem, reference);
    const ForwardTolerance limits = DeriveForwardTolerance(problem, reference, forward);
    expect_zero_fails(forward.out, limits.out);
    expect_zero_fails(forward.log_sum_exp, limits.log_sum_exp);
    const ReferenceBackward backward = ComputeReferenceBackward(problem, reference);
    const BackwardTolerance gradient_limits =
        DeriveBackwardTolerance(problem, reference, forward, backward);
    expect_zero_fails(backward.d_query, gradient_limits.d_query);
    expect_zero_fails(backward.d_key, gradient_limits.d_key);
    expect_zero_fails(backward.d_value, gradient_limits.d_value);
  }
}

// With one key softmax is constant: the exact gradient of the query is zero, and what a computation
// gives is noise, whose direction means nothing.
TEST(ToleranceTest, CosineDoesNotBindWhereTheGradientIsRoundingNoise) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const Problem problem = {
        .dtype = dtype, .q_len = 9, .kv_len = 1, .qk_dim = 16, .v_dim = 16, .softmax_scale = 1};
    AttentionInputs inputs(problem, Direction::kBackward, 1);
    const ReferenceInputs reference = inputs.Reference();
    const ReferenceForward given = {inputs.tensor(TensorRole::kOut).Contiguous(),
                                    inputs.tensor(TensorRole::kLogSumExp).Contiguous()};
    const BackwardTolerance tolerance = DeriveBackwardTolerance(
        problem, reference, given, ComputeReferenceBackward(problem, reference));
    EXPECT_LT(tolerance.d_query.max_absolute, 2e-3 + DtypeEpsilon(dtype));
    EXPECT_EQ(tolerance.d_value.cosine > 0.99, true);
  }
}

}  // namespace
}  // namespace attune
