#include "attention/cuda/functors/problem_functors.h"

#include "gtest/gtest.h"

namespace attune::functors {
namespace {

Problem SmallProblem() { return {.q_len = 10, .kv_len = 10, .qk_dim = 64, .v_dim = 64}; }

TEST(ProblemFunctorsTest, ScalesThatAreNotAboveZeroAreNotFolded) {
  Problem problem = SmallProblem();
  EXPECT_EQ(ModifierType(problem), "attune::functors::Identity");
  problem.softmax_scale = -1;
  EXPECT_EQ(ModifierType(problem), "attune::functors::Scaled");
  problem.softmax_scale = 1e-60;  // zero in fp32
  EXPECT_EQ(ModifierType(problem), "attune::functors::Scaled");
  problem.soft_cap = 30;
  problem.alibi = true;
  EXPECT_EQ(ModifierType(problem),
            "attune::functors::Then<attune::functors::SoftCap, attune::functors::Alibi>");
}

TEST(ProblemFunctorsTest, ExpressionsFollowTheBuiltInModifiers) {
  Problem problem = SmallProblem();
  EXPECT_EQ(FunctorsOf(problem), "");
  problem.alibi = true;
  problem.score_expression = "score + bias[h]";
  problem.mask_expression = "kv != 3";
  problem.buffers = {{.name = "bias", .extent = 8}};
  EXPECT_EQ(ModifierType(problem),
            "attune::functors::Then<attune::functors::Alibi, attune::functors::UserScore>");
  EXPECT_NE(FunctorsOf(problem).find("\nscore + bias[h]\n"), std::string::npos);
  EXPECT_NE(FunctorsOf(problem).find("\nkv != 3\n"), std::string::npos);
}

}  // namespace
}  // namespace attune::functors
