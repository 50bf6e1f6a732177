#include "attention/ternary/ternary_matmul.h"

#include <vector>

#include "absl/status/status.h"
#include "attention/ternary/matmul_families.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "operators/family_choice.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

// Nothing that this machine's user has tuned may decide what a test sees.
class TernaryMatmulTest : public ::testing::Test {
 protected:
  TernaryMatmulOptions Options() { return {.device = &device_, .cache = &cache_}; }

  std::string PlanError(const TernaryMatmulProblem& problem, const TernaryMatmulOptions& options,
                        absl::StatusCode code) {
    const absl::Status status = TernaryMatmul::Plan(problem, options).status();
    EXPECT_EQ(status.code(), code) << status;
    return std::string(status.message());
  }

  CpuDevice device_;
  TuningCache cache_{TuningCacheOptions()};
  const TernaryMatmulProblem problem_ = {
      .batch = 3, .weights = {.rows = 40, .columns = 100}, .bias = true};
};

TEST_F(TernaryMatmulTest, PlansRunAndExplainThemselves) {
  const auto plan = TernaryMatmul::Plan(problem_, Options());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->Explain(), HasSubstr("family: cpu_ternary_matmul"));
  EXPECT_THAT(plan->Explain(), HasSubstr("(default)"));
  const MatmulInputs inputs = DrawMatmulInputs(problem_, 1);
  const auto weights = plan->PackWeights(inputs.weights);
  ASSERT_TRUE(weights.ok()) << weights.status();
  std::vector<float> out(3 * 40);
  const auto stream = device_.CreateStream().value();
  ASSERT_EQ(plan->Run({.activations = inputs.activations.data(),
                       .weights = weights->data(),
                       .bias = inputs.bias.data(),
                       .out = out.data()},
                      *stream),
            absl::OkStatus());
  EXPECT_EQ(CheckMatmul(problem_, ExpectMatmul(inputs, 1000, 1), out.data()), absl::OkStatus());
}

TEST_F(TernaryMatmulTest, TunedConfigurationsAreUsed) {
  const auto plan = TernaryMatmul::Plan(problem_, Options());
  ASSERT_TRUE(plan.ok()) << plan.status();
  const Configuration tuned({{"row_tiles", 1}, {"batch_rows", 2}});
  ASSERT_NE(plan->configuration(), tuned);
  CacheEntry entry;
  *entry.mutable_key() = MakeCacheKey(device_.info(), plan->family().name(),
                                      plan->family().fingerprint(), WorkloadOf(problem_));
  *entry.mutable_configuration() = ToProto(tuned);
  ASSERT_TRUE(cache_.Store(entry).ok());
  const auto again = TernaryMatmul::Plan(problem_, Options());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->configuration(), tuned);
  EXPECT_THAT(again->Explain(), HasSubstr("tuned: exact"));
}

TEST_F(TernaryMatmulTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT(PlanError({.weights = {.rows = 0, .columns = 4}}, Options(),
                        absl::StatusCode::kInvalidArgument),
              HasSubstr("0 rows"));
  TernaryMatmulOptions options = Options();
  options.family = "none";
  EXPECT_THAT(PlanError(problem_, options, absl::StatusCode::kNotFound),
              HasSubstr("cpu_ternary_matmul"));
  options = Options();
  options.configuration = Configuration({{"row_tiles", 8}, {"batch_rows", 4}});
  EXPECT_THAT(PlanError(problem_, options, absl::StatusCode::kInvalidArgument),
              HasSubstr("sums_fit_registers"));
  const auto plan = TernaryMatmul::Plan(problem_, Options());
  const auto stream = device_.CreateStream().value();
  float value = 0;
  EXPECT_THAT(
      std::string(
          plan->Run({.activations = &value, .weights = &value, .out = &value}, *stream).message()),
      HasSubstr("tensor bias is null"));
}

TEST_F(TernaryMatmulTest, WrongWeightsAreRefused) {
  const auto plan = TernaryMatmul::Plan(problem_, Options());
  EXPECT_THAT(std::string(plan->PackWeights(RandomTernaryMatrix({.rows = 40, .columns = 101}, 1))
                              .status()
                              .message()),
              HasSubstr("the plan is for 40x100"));
  TernaryMatrix both = RandomTernaryMatrix(problem_.weights, 1);
  both.minus[0] |= both.plus[0] = 1;
  EXPECT_THAT(std::string(plan->PackWeights(both).status().message()), HasSubstr("both bits"));
}

TEST_F(TernaryMatmulTest, FamiliesThatDoNotServeSayWhy) {
  DeviceInfo unknown = device_.info();
  unknown.kind = DeviceKind::kCuda;
  unknown.id = "cuda:0";
  const auto families = TernaryMatmulFamilies();
  const auto choice =
      ChooseFamily(families.subspan(0, 1), problem_, unknown, {.operator_name = kTernaryMatmul});
  EXPECT_EQ(choice.status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(choice.status().message()), HasSubstr("cpu_ternary_matmul: "));
}

}  // namespace
}  // namespace attune
