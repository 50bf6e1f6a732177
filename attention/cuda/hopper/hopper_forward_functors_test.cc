#include "attention/cuda/hopper/hopper_forward_functors.h"

#include "gtest/gtest.h"

namespace attune::hopper {
namespace {

Problem SmallProblem() { return {.q_len = 10, .kv_len = 10, .qk_dim = 64, .v_dim = 64}; }

TEST(HopperForwardFunctorsTest, CapsAndSlopesHaveTheirOwnCodeWhereTheScaleIsAboveZero) {
  Problem problem = SmallProblem();
  EXPECT_EQ(ScoreCodeOf(problem), ScoreCode::kPlain);
  EXPECT_EQ(ModifierType(problem), "attune::functors::Identity");
  problem.soft_cap = 30;
  EXPECT_EQ(ScoreCodeOf(problem), ScoreCode::kSoftCap);
  EXPECT_EQ(ModifierType(problem), "attune::hopper::ModestSoftCap");
  problem.soft_cap = 65;
  EXPECT_EQ(ModifierType(problem), "attune::functors::SoftCap");
  problem.soft_cap = 30;
  problem.dtype = Dtype::kFloat16;
  EXPECT_EQ(ModifierType(problem), "attune::functors::SoftCap");
  problem.softmax_scale = -0.5;
  EXPECT_EQ(ScoreCodeOf(problem), ScoreCode::kGeneral);
  EXPECT_EQ(ModifierType(problem),
            "attune::functors::Then<attune::functors::Scaled, attune::functors::SoftCap>");
  problem = SmallProblem();
  problem.alibi = true;
  EXPECT_EQ(ScoreCodeOf(problem), ScoreCode::kAlibi);
  EXPECT_EQ(ModifierType(problem), "attune::functors::Alibi");
  problem.softmax_scale = 1e-7;  // by which slopes are divided
  EXPECT_EQ(ScoreCodeOf(problem), ScoreCode::kGeneral);
  EXPECT_EQ(ModifierType(problem),
            "attune::functors::Then<attune::functors::Scaled, attune::functors::Alibi>");
  problem.soft_cap = 30;
  EXPECT_EQ(ModifierType(problem),
            "attune::functors::Then<attune::functors::SoftCap, attune::functors::Alibi>");
}

TEST(HopperForwardFunctorsTest, ScalesThatAreNotAboveZeroAreApplied) {
  Problem problem = SmallProblem();
  problem.softmax_scale = 0;
  EXPECT_EQ(ScoreCodeOf(problem), ScoreCode::kGeneral);
  EXPECT_EQ(ModifierType(problem), "attune::functors::Scaled");
}

TEST(HopperForwardFunctorsTest, ExpressionsAreAskedAboutEachScore) {
  Problem problem = SmallProblem();
  EXPECT_EQ(PredicateType(problem), "attune::functors::Everything");
  problem.soft_cap = 30;
  problem.score_expression = "score + 1";
  problem.mask_expression = "q == kv";
  EXPECT_EQ(ScoreCodeOf(problem), ScoreCode::kGeneral);
  EXPECT_EQ(ModifierType(problem),
            "attune::functors::Then<attune::functors::SoftCap, attune::functors::UserScore>");
  EXPECT_EQ(PredicateType(problem), "attune::functors::UserMask");
}

}  // namespace
}  // namespace attune::hopper
