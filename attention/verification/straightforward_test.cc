#include "attention/verification/straightforward.h"

#include <cmath>
#include <limits>
#include <vector>

#include "attention/mask.h"
#include "attention/reference/backward.h"
#include "attention/reference/forward.h"
#include "attention/verification/attention_inputs.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"
#include "numerics/error.h"

namespace attune {
namespace {

using ::testing::Each;
using ::testing::IsNan;

Problem Everything(Dtype dtype) {
  return {.dtype = dtype,
          .batch = 2,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 19,
          .kv_len = 33,
          .qk_dim = 32,
          .v_dim = 16,
          .mask = Mask::Window(20, 3),
          .softmax_scale = 0.3,
          .soft_cap = 5,
          .alibi = true};
}

// A few roundings of values near one: the error is of the order of epsilon and, but for fp32, not
// far below it.
void ExpectOfEpsilon(const std::vector<double>& expected, const std::vector<double>& actual,
                     Dtype dtype) {
  const ErrorReport report = CompareArrays(expected, actual);
  EXPECT_EQ(report.mismatches, 0);
  EXPECT_LT(report.mean_absolute, 2 * DtypeEpsilon(dtype)) << report.ToString();
  EXPECT_LT(report.max_absolute, 16 * DtypeEpsilon(dtype)) << report.ToString();
  EXPECT_GT(report.max_absolute, DtypeEpsilon(dtype) / 16) << report.ToString();
  EXPECT_GT(report.cosine, 0.9999) << report.ToString();
}

class StraightforwardTest : public ::testing::TestWithParam<Dtype> {};

TEST_P(StraightforwardTest, ForwardIsOffByRoundingOnly) {
  const Problem problem = Everything(GetParam());
  const ReferenceInputs inputs = AttentionInputs(problem, Direction::kForward, 1).Reference();
  const ReferenceForward exact = ComputeReferenceForward(problem, inputs);
  const ReferenceForward actual = ComputeStraightforward(problem, inputs);
  ExpectOfEpsilon(exact.out, actual.out, GetParam());
  EXPECT_LT(CompareArrays(exact.log_sum_exp, actual.log_sum_exp).max_absolute, 2e-6);
}

TEST_P(StraightforwardTest, BackwardIsOffByRoundingOnly) {
  const Problem problem = Everything(GetParam());
  AttentionInputs inputs(problem, Direction::kBackward, 2);
  const ReferenceForward forward = {inputs.tensor(TensorRole::kOut).Contiguous(),
                                    inputs.tensor(TensorRole::kLogSumExp).Contiguous()};
  const ReferenceBackward exact = ComputeReferenceBackward(problem, inputs.Reference());
  const ReferenceBackward actual = ComputeStraightforward(problem, inputs.Reference(), forward);
  ExpectOfEpsilon(exact.d_query, actual.d_query, GetParam());
  ExpectOfEpsilon(exact.d_key, actual.d_key, GetParam());
  ExpectOfEpsilon(exact.d_value, actual.d_value, GetParam());
}

TEST_P(StraightforwardTest, ResultsAreValuesOfTheDtype) {
  const Problem problem = Everything(GetParam());
  const ReferenceInputs inputs = AttentionInputs(problem, Direction::kForward, 3).Reference();
  for (const double value : ComputeStraightforward(problem, inputs).out) {
    float storage = 0;
    StoreElement(GetParam(), &storage, 0, static_cast<float>(value));
    EXPECT_EQ(LoadElement(GetParam(), &storage, 0), value);
  }
}

TEST_P(StraightforwardTest, RowsWithoutKeysAreZero) {
  Problem problem = Everything(GetParam());
  problem.kv_len = 0;
  AttentionInputs inputs(problem, Direction::kBackward, 4);
  const ReferenceForward forward = ComputeStraightforward(problem, inputs.Reference());
  EXPECT_THAT(forward.out, Each(0.0));
  EXPECT_THAT(forward.log_sum_exp, Each(-std::numeric_limits<double>::infinity()));
  EXPECT_THAT(ComputeStraightforward(problem, inputs.Reference(), forward).d_query, Each(0.0));
}

TEST_P(StraightforwardTest, RowsOfScoresOfMinusInfinityAreZero) {
  constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
  Problem problem = Everything(GetParam());
  problem.score_expression = "-INFINITY";
  problem.score_function = [&](const ScorePoint&) { return kMinusInfinity; };
  AttentionInputs inputs(problem, Direction::kForward, 5);
  const ReferenceForward forward = ComputeStraightforward(problem, inputs.Reference());
  EXPECT_THAT(forward.out, Each(0.0));
  EXPECT_THAT(forward.log_sum_exp, Each(kMinusInfinity));
  problem.score_function = [](const ScorePoint&) { return std::nan(""); };
  EXPECT_THAT(ComputeStraightforward(problem, inputs.Reference()).log_sum_exp, Each(IsNan()));
}

TEST_P(StraightforwardTest, RowsOfScoresOfMinusInfinityHaveNoGradients) {
  const Problem problem = Everything(GetParam());
  AttentionInputs inputs(problem, Direction::kBackward, 6);
  ReferenceForward forward = ComputeStraightforward(problem, inputs.Reference());
  for (double& element : forward.out) element = 0;
  for (double& element : forward.log_sum_exp) element = -std::numeric_limits<double>::infinity();
  const ReferenceBackward backward = ComputeStraightforward(problem, inputs.Reference(), forward);
  EXPECT_THAT(backward.d_query, Each(0.0));
  EXPECT_THAT(backward.d_key, Each(0.0));
  EXPECT_THAT(backward.d_value, Each(0.0));
}

INSTANTIATE_TEST_SUITE_P(Dtypes, StraightforwardTest,
                         ::testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16),
                         [](const auto& info) { return std::string(DtypeName(info.param)); });

}  // namespace
}  // namespace attune
