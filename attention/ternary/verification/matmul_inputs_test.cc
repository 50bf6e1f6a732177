#include "attention/ternary/verification/matmul_inputs.h"

#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TernaryMatmulProblem SomeProblem(Activation activation = Activation::kFloat32) {
  return {.batch = 3,
          .weights = {.rows = 5, .columns = 100, .group = 32},
          .activation = activation,
          .bias = true};
}

// The outputs that are expected, stored as the problem has them.
std::vector<float> Outputs(const MatmulExpectation& expectation) {
  std::vector<float> out;
  for (const ExpectedOutput& output : expectation.outputs) {
    out.push_back(static_cast<float>(output.value));
  }
  return out;
}

TEST(MatmulInputsTest, RandomMatricesAreValidAndOfAllSigns) {
  for (const int64_t columns : {1, 31, 32, 100, 4096}) {
    const TernaryMatrix matrix = RandomTernaryMatrix({.rows = 16, .columns = columns}, 3);
    ASSERT_TRUE(Validate(matrix).ok()) << Validate(matrix);
    if (columns < 4096) continue;
    int64_t plus = 0, minus = 0;
    for (const uint32_t word : matrix.plus) plus += std::popcount(word);
    for (const uint32_t word : matrix.minus) minus += std::popcount(word);
    EXPECT_NEAR(plus, 16 * 4096 / 3.0, 1000);
    EXPECT_NEAR(minus, 16 * 4096 * 2 / 9.0, 1000);
  }
}

TEST(MatmulInputsTest, TheReferenceIsTheUnpackedProduct) {
  for (const Activation activation :
       {Activation::kFloat32, Activation::kBfloat16, Activation::kInt8}) {
    const MatmulInputs inputs = DrawMatmulInputs(SomeProblem(activation), 5);
    for (int64_t m = 0; m < 3; ++m) {
      for (int64_t n = 0; n < 5; ++n) {
        double expected = inputs.bias[n];
        for (int64_t k = 0; k < 100; ++k) {
          expected += inputs.weights.Sign(n, k) * double{inputs.weights.scales[n * 4 + k / 32]} *
                      ActivationValue(inputs, m, k);
        }
        EXPECT_NEAR(ReferenceOutput(inputs, m, n).value, expected, 1e-12);
      }
    }
  }
}

TEST(MatmulInputsTest, RightOutputsPassAndZerosAndNansDoNot) {
  const MatmulInputs inputs = DrawMatmulInputs(SomeProblem(), 5);
  const MatmulExpectation expectation = ExpectMatmul(inputs, 100, 1);
  ASSERT_EQ(expectation.indices.size(), 15);
  std::vector<float> out = Outputs(expectation);
  EXPECT_EQ(CheckMatmul(inputs.problem, expectation, out.data()), absl::OkStatus());
  out[7] += 1e-3f;
  const absl::Status wrong = CheckMatmul(inputs.problem, expectation, out.data());
  EXPECT_EQ(wrong.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(wrong.message()), HasSubstr("out(1, 2)"));
  out[7] = std::nanf("");
  EXPECT_FALSE(CheckMatmul(inputs.problem, expectation, out.data()).ok());
  const std::vector<float> zeros(15, 0.0f);
  EXPECT_FALSE(CheckMatmul(inputs.problem, expectation, zeros.data()).ok());
}

TEST(MatmulInputsTest, SamplesHaveTheFirstAndTheLastOutput) {
  const MatmulInputs inputs = DrawMatmulInputs(SomeProblem(), 5);
  const MatmulExpectation expectation = ExpectMatmul(inputs, 4, 1);
  ASSERT_EQ(expectation.indices.size(), 4);
  EXPECT_EQ(expectation.indices.front(), 0);
  EXPECT_EQ(expectation.indices.back(), 14);
}

}  // namespace
}  // namespace attune
