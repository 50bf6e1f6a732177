#include "attention/ternary/cpu/cpu_ternary_matmul_family.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attention/cpu/only_target.h"
#include "attention/ternary/cpu/cpu_ternary_matmul_variant.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "attention/verification/guarded_array.h"
#include "device/cpu/cpu_device.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

class CpuTernaryMatmulTest : public ::testing::Test {
 protected:
  // Runs on guarded and poisoned outputs and workspace.
  absl::StatusOr<GuardedArray> Run(const MatmulInputs& inputs, const Configuration& configuration) {
    const TernaryMatmulProblem& problem = inputs.problem;
    auto kernel = family_.Prepare(problem, configuration, device_);
    if (!kernel.ok()) return kernel.status();
    GuardedArray weights(Dtype::kFloat32, (*kernel)->weight_layout().bytes / 4);
    (*kernel)->PackWeights(inputs.weights, absl::MakeSpan(static_cast<uint8_t*>(weights.data()),
                                                          (*kernel)->weight_layout().bytes));
    GuardedArray workspace(Dtype::kFloat32, (*kernel)->workspace_bytes() / 4);
    GuardedArray out(problem.output, problem.batch * problem.weights.rows);
    const auto stream = device_.CreateStream().value();
    const absl::Status status =
        (*kernel)->Run({.activations = inputs.activations.data(),
                        .activation_scales = inputs.activation_scales.data(),
                        .weights = weights.data(),
                        .bias = inputs.bias.data(),
                        .out = out.data()},
                       workspace.data(), *stream);
    for (const auto& [name, array] :
         {std::pair{"weights", &weights}, {"workspace", &workspace}, {"out", &out}}) {
      EXPECT_EQ(array->CheckGuards(name), absl::OkStatus());
    }
    if (!status.ok()) return status;
    return out;
  }

  void ExpectRight(const TernaryMatmulProblem& problem, const Configuration& configuration,
                   uint64_t seed) {
    const std::string what =
        absl::StrCat(problem.ToString(), " ", configuration.ToString(), " seed ", seed);
    const MatmulInputs inputs = DrawMatmulInputs(problem, seed);
    const auto out = Run(inputs, configuration);
    ASSERT_TRUE(out.ok()) << what << ": " << out.status();
    EXPECT_EQ(CheckMatmul(problem, ExpectMatmul(inputs, 4000, seed), out->data()), absl::OkStatus())
        << what;
  }

  std::vector<Configuration> Admitted() { return family_.space().EnumerateStatic().value(); }

  CpuDevice device_;
  CpuTernaryMatmulFamily family_;
};

TernaryMatmulProblem RandomProblem(uint64_t seed) {
  const auto draw = [&](uint64_t index, int64_t values) {
    return static_cast<int64_t>(RandomBits(seed, index) % values);
  };
  const int64_t groups[] = {0, 32, 64, 128};
  return {.batch = 1 + draw(0, 9),
          .weights = {.rows = 1 + draw(1, 80),
                      .columns = 1 + draw(2, 400),
                      .group = groups[draw(3, 4)]},
          .activation = static_cast<Activation>(draw(4, 3)),
          .output = draw(5, 2) == 0 ? Dtype::kFloat32 : Dtype::kBfloat16,
          .bias = draw(6, 2) == 1};
}

TEST_F(CpuTernaryMatmulTest, EveryVariantOnEveryTargetMatchesFp64) {
  for (const int64_t target : TestedTargets()) {
    const OnlyTarget only(target);
    uint64_t seed = 1;
    for (const Configuration& configuration : Admitted()) {
      for (int repeat = 0; repeat < 3; ++repeat) {
        ExpectRight(RandomProblem(seed), configuration, seed);
        ++seed;
      }
    }
  }
}

TEST_F(CpuTernaryMatmulTest, LongRowsAndManyWavesMatchFp64) {
  // 3000 columns take several segments; 40 rows of 8192 columns several waves.
  ExpectRight({.batch = 1, .weights = {.rows = 70, .columns = 3000}}, family_.space().Default(), 1);
  ExpectRight({.batch = 41, .weights = {.rows = 33, .columns = 8192, .group = 128}},
              Configuration({{"row_tiles", 2}, {"batch_rows", 4}}), 2);
}

TEST_F(CpuTernaryMatmulTest, ActivationsThatAreNotFiniteReachOnlyWhatSumsThem) {
  TernaryMatmulProblem problem = {.batch = 1, .weights = {.rows = 40, .columns = 64}};
  MatmulInputs inputs = DrawMatmulInputs(problem, 9);
  StoreElement(Dtype::kFloat32, inputs.activations.data(), 5,
               std::numeric_limits<float>::infinity());
  StoreElement(Dtype::kFloat32, inputs.activations.data(), 38, std::nanf(""));
  for (const int64_t target : TestedTargets()) {
    const OnlyTarget only(target);
    const auto out = Run(inputs, family_.space().Default());
    ASSERT_TRUE(out.ok()) << out.status();
    for (int64_t row = 0; row < 40; ++row) {
      const float value = LoadElement(Dtype::kFloat32, out->data(), row);
      const bool has_nan = inputs.weights.Sign(row, 38) != 0;
      const bool has_infinity = inputs.weights.Sign(row, 5) != 0;
      EXPECT_EQ(std::isnan(value), has_nan) << row;
      EXPECT_EQ(std::isinf(value), has_infinity && !has_nan) << row;
    }
  }
}

TEST_F(CpuTernaryMatmulTest, Int8SumsAreExact) {
  const TernaryMatmulProblem problem = {
      .batch = 2, .weights = {.rows = 20, .columns = 5000}, .activation = Activation::kInt8};
  MatmulInputs inputs = DrawMatmulInputs(problem, 4);
  for (float& scale : inputs.weights.scales) scale = 1;
  for (float& scale : inputs.activation_scales) scale = 1;
  const auto out = Run(inputs, family_.space().Default());
  ASSERT_TRUE(out.ok()) << out.status();
  for (int64_t i = 0; i < 40; ++i) {
    EXPECT_EQ(LoadElement(Dtype::kFloat32, out->data(), i),
              ReferenceOutput(inputs, i / 20, i % 20).value);
  }
}

TEST_F(CpuTernaryMatmulTest, ResultsDoNotDependOnTheConfigurationsBatchRows) {
  const MatmulInputs inputs =
      DrawMatmulInputs({.batch = 5, .weights = {.rows = 50, .columns = 333, .group = 64}}, 6);
  const auto expected = Run(inputs, family_.space().Default());
  for (const Configuration& configuration : Admitted()) {
    const auto out = Run(inputs, configuration);
    ASSERT_TRUE(out.ok()) << out.status();
    EXPECT_EQ(std::memcmp(out->data(), expected->data(), 5 * 50 * 4), 0)
        << configuration.ToString();
  }
}

TEST_F(CpuTernaryMatmulTest, WorkspaceDoesNotGrowWithTheBatch) {
  const auto bytes = [&](int64_t batch) {
    return family_
        .Model({.batch = batch, .weights = {.rows = 4096, .columns = 4096}},
               Configuration({{"row_tiles", 2}, {"batch_rows", 4}}), device_.info())
        .at("workspace_bytes");
  };
  EXPECT_EQ(bytes(100), bytes(100000));
  EXPECT_LE(bytes(100000), 2 << 20);
}

TEST_F(CpuTernaryMatmulTest, OtherDevicesAndWrongProblemsAreRefused) {
  DeviceInfo gpu = device_.info();
  gpu.kind = DeviceKind::kCuda;
  EXPECT_EQ(family_.Supports({.weights = {.rows = 1, .columns = 1}}, gpu).code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(
      family_.Prepare({.weights = {.rows = 0, .columns = 1}}, family_.space().Default(), device_)
          .status()
          .code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
