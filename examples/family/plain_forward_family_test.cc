#include "examples/family/plain_forward_family.h"

#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/attention.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

const AttentionFamily* const kFamilies[] = {new PlainForwardFamily};

TEST(PlainForwardFamilyTest, EveryVariantMatchesTheReference) {
  const RandomProblemOptions supported = {
      .dtypes = {Dtype::kFloat32}, .max_length = 90, .max_head_dim = 64, .packed = false};
  const auto variants = kFamilies[0]->space().EnumerateStatic();
  ASSERT_TRUE(variants.ok()) << variants.status();
  for (const Configuration& variant : *variants) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      const Problem problem = RandomProblem(seed, supported);
      SCOPED_TRACE(absl::StrCat(variant.ToString(), ", seed ", seed, ": ", problem.ToString()));
      const absl::StatusOr<AttentionPlan> plan =
          Attention::Plan(problem, {.configuration = variant, .families = kFamilies});
      ASSERT_TRUE(plan.ok()) << plan.status();
      AttentionInputs inputs(problem, Direction::kForward, seed);
      ASSERT_EQ(plan->Run(inputs.Forward()), absl::OkStatus());
      EXPECT_EQ(VerifyForward(inputs, ExpectForward(inputs)), absl::OkStatus());
    }
  }
}

TEST(PlainForwardFamilyTest, RowsOfScoresOfMinusInfinityGiveZerosAndMinusInfinity) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Problem problem = {
      .dtype = Dtype::kFloat32, .q_len = 2, .kv_len = 100, .qk_dim = 8, .v_dim = 8};
  const absl::StatusOr<AttentionPlan> plan = Attention::Plan(problem, {.families = kFamilies});
  ASSERT_TRUE(plan.ok()) << plan.status();
  const std::vector<float> query(QueryExtent(problem), 1.0f);
  const std::vector<float> key(KeyExtent(problem), -kInfinity);
  const std::vector<float> value(ValueExtent(problem), 1.0f);
  std::vector<float> out(OutExtent(problem), 5.0f);
  std::vector<float> log_sum_exp(LogSumExpExtent(problem), 5.0f);
  ASSERT_EQ(plan->Run(ForwardTensors{.query = query.data(),
                                     .key = key.data(),
                                     .value = value.data(),
                                     .out = out.data(),
                                     .log_sum_exp = log_sum_exp.data()}),
            absl::OkStatus());
  EXPECT_THAT(out, Each(0.0f));
  EXPECT_THAT(log_sum_exp, Each(-kInfinity));
}

TEST(PlainForwardFamilyTest, WhatItLeavesOutItSays) {
  const Problem problem = {.q_len = 8, .kv_len = 8, .qk_dim = 16, .v_dim = 16};
  const absl::Status status = Attention::Plan(problem, {.families = kFamilies}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), HasSubstr("plain_forward computes in fp32"));
}

}  // namespace
}  // namespace attune
