#include "attention/tuning/verification_case.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

const Problem kProblem = {.dtype = Dtype::kFloat32,
                          .batch = 4,
                          .q_heads = 4,
                          .kv_heads = 4,
                          .q_len = 40,
                          .kv_len = 2000,
                          .qk_dim = 8,
                          .v_dim = 8};

TEST(VerificationCasesTest, ProblemsThatShrinkToTheSameShareACase) {
  VerificationCases cases;
  Problem longer = kProblem;
  longer.batch = 16;
  longer.kv_len = 9000;
  EXPECT_EQ(cases.Get(kProblem, Direction::kForward, 1), cases.Get(longer, Direction::kForward, 1));
}

TEST(VerificationCasesTest, WhatChangesInputsOrAnswersIsACaseOfItsOwn) {
  VerificationCases cases;
  const auto first = cases.Get(kProblem, Direction::kForward, 1);
  EXPECT_NE(cases.Get(kProblem, Direction::kForward, 2), first);
  EXPECT_NE(cases.Get(kProblem, Direction::kBackward, 1), first);
  Problem other = kProblem;
  other.mask = Mask::Causal();
  EXPECT_NE(cases.Get(other, Direction::kForward, 1), first);
  other = kProblem;
  other.softmax_scale = SoftmaxScale(kProblem) * (1 + 1e-9);
  EXPECT_NE(cases.Get(other, Direction::kForward, 1), first);
}

TEST(VerificationCasesTest, TheExpectationIsOfTheDirection) {
  VerificationCases cases;
  const auto forward = cases.Get(kProblem, Direction::kForward, 1);
  const auto backward = cases.Get(kProblem, Direction::kBackward, 1);
  EXPECT_EQ(forward->inputs.direction(), Direction::kForward);
  EXPECT_TRUE(std::holds_alternative<ForwardExpectation>(forward->expectation));
  EXPECT_EQ(backward->inputs.direction(), Direction::kBackward);
  EXPECT_TRUE(std::holds_alternative<BackwardExpectation>(backward->expectation));
}

}  // namespace
}  // namespace attune
