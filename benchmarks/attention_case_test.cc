#include "benchmarks/attention_case.h"

#include "attention/square_problem.h"
#include "attention/testing_family.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

Problem SomeProblem() { return SquareProblem(Dtype::kBfloat16, 4, 16, 4096, 128, Mask::Causal()); }

TEST(AttentionCaseTest, EqualSizesAreNamedOnce) {
  EXPECT_EQ(ProblemName(SomeProblem(), Direction::kForward), "forward/bf16/128/causal/4096/4x16");
}

TEST(AttentionCaseTest, UnequalSizesAndScoreModifiersAreNamed) {
  Problem problem = SomeProblem();
  problem.kv_heads = 8;
  problem.q_len = 1;
  problem.qk_dim = 192;
  problem.soft_cap = 30;
  problem.alibi = true;
  EXPECT_EQ(ProblemName(problem, Direction::kBackward),
            "backward/bf16/192_128/causal+soft_cap+alibi/1_4096/4x16_8");
}

TEST(AttentionCaseTest, FamilyAndVariantFollowTheProblem) {
  const TestingFamily family("some_forward");
  AttentionCase timed = {.problem = SomeProblem(), .family = &family};
  EXPECT_EQ(CaseName(timed), "forward/bf16/128/causal/4096/4x16/some_forward");
  timed.variant = "wide";
  EXPECT_EQ(CaseName(timed), "forward/bf16/128/causal/4096/4x16/some_forward/wide");
}

}  // namespace
}  // namespace attune
