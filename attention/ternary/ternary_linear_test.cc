#include "attention/ternary/ternary_linear.h"

#include <cmath>
#include <vector>

#include "absl/status/status.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

class TernaryLinearTest : public ::testing::Test {
 protected:
  TernaryLinearOptions Options(Activation activation = Activation::kFloat32) {
    return {.activation = activation, .device = &device_, .cache = &cache_};
  }

  CpuDevice device_;
  TuningCache cache_{TuningCacheOptions()};
};

TEST_F(TernaryLinearTest, EveryBatchMatchesFp64) {
  for (const Activation activation :
       {Activation::kFloat32, Activation::kBfloat16, Activation::kInt8}) {
    for (const bool bias : {false, true}) {
      TernaryMatmulProblem problem = {.weights = {.rows = 48, .columns = 130, .group = 64},
                                      .activation = activation,
                                      .bias = bias};
      const MatmulInputs weights = DrawMatmulInputs(problem, 1);
      auto linear = TernaryLinear::Create({weights.weights, weights.bias}, Options(activation));
      ASSERT_TRUE(linear.ok()) << linear.status();
      const auto stream = device_.CreateStream().value();
      for (const int64_t batch : {1, 7, 1, 2}) {
        problem.batch = batch;
        const MatmulInputs inputs = DrawMatmulInputs(problem, 1);
        std::vector<float> out(batch * 48);
        ASSERT_EQ(linear->Run(batch,
                              {.activations = inputs.activations.data(),
                               .activation_scales = inputs.activation_scales.data(),
                               .out = out.data()},
                              *stream),
                  absl::OkStatus());
        EXPECT_EQ(CheckMatmul(problem, ExpectMatmul(inputs, 1000, 1), out.data()),
                  absl::OkStatus());
      }
    }
  }
}

TEST_F(TernaryLinearTest, BatchesShareTheWeights) {
  const TernaryShape shape = {.rows = 48, .columns = 128};
  auto linear =
      TernaryLinear::Create({RandomTernaryMatrix(shape, 1), std::vector<float>(48)}, Options());
  ASSERT_TRUE(linear.ok()) << linear.status();
  const int64_t bytes = linear->weight_bytes();
  EXPECT_EQ(bytes, TernaryBytes(shape) + 4 * 48);
  ASSERT_EQ(linear->Prepare(64), absl::OkStatus());
  EXPECT_EQ(linear->weight_bytes(), bytes);
}

TEST_F(TernaryLinearTest, WrongWeightsAndBatchesAreNamed) {
  const TernaryMatrix matrix = RandomTernaryMatrix({.rows = 4, .columns = 8}, 1);
  const auto error = [&](TernaryLinearWeights weights) {
    const absl::Status status = TernaryLinear::Create(std::move(weights), Options()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(error({matrix, {1, 2, 3}}), HasSubstr("3 elements; its weights have 4 rows"));
  EXPECT_THAT(error({matrix, {1, 2, std::nanf(""), 4}}), HasSubstr("element 2 of the bias"));
  TernaryMatrix both = matrix;
  both.plus[0] = both.minus[0] = 1;
  EXPECT_THAT(error({both, {}}), HasSubstr("both bits"));
  auto linear = TernaryLinear::Create({matrix, {}}, Options());
  EXPECT_THAT(std::string(linear->Prepare(0).message()), HasSubstr("batch 0"));
}

}  // namespace
}  // namespace attune
