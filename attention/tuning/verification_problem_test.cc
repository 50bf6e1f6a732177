#include "attention/tuning/verification_problem.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

Problem LargeProblem() {
  return {.batch = 8,
          .q_heads = 64,
          .kv_heads = 8,
          .q_len = 16384,
          .kv_len = 16384,
          .qk_dim = 128,
          .v_dim = 128,
          .mask = Mask::Causal()};
}

TEST(VerificationProblemTest, KeepsTraitsAndShrinksSizes) {
  const Problem small = VerificationProblem(LargeProblem());
  EXPECT_TRUE(Validate(small).ok());
  EXPECT_EQ(small.mask, Mask::Causal());
  EXPECT_EQ(small.qk_dim, 128);
  EXPECT_GT(small.q_heads, small.kv_heads);
  EXPECT_LT(Flops(small, Direction::kForward), 1e9);
}

TEST(VerificationProblemTest, LeavesSmallProblemsAsTheyAre) {
  Problem problem = LargeProblem();
  problem.batch = problem.q_heads = problem.kv_heads = 1;
  problem.q_len = 3;
  problem.kv_len = 7;
  EXPECT_EQ(VerificationProblem(problem).ToString(), problem.ToString());
}

TEST(VerificationProblemTest, AWindowStillBinds) {
  Problem problem = LargeProblem();
  problem.mask = Mask::Window(1024, 0);
  const Problem small = VerificationProblem(problem);
  EXPECT_LT(*small.mask.left, small.kv_len);
  EXPECT_EQ(*small.mask.right, 0);
}

TEST(VerificationProblemTest, PackedProblemsStayPackedAndUneven) {
  Problem problem = LargeProblem();
  problem.packed = Packed{.total_q_len = 40000, .total_kv_len = 40000};
  const Problem small = VerificationProblem(problem);
  EXPECT_TRUE(Validate(small).ok()) << Validate(small);
  ASSERT_TRUE(small.packed.has_value());
  EXPECT_GT(small.batch, 2);
  EXPECT_LT(small.packed->total_q_len, small.batch * small.q_len);
  // Beside the longest sequence others have rows, too.
  EXPECT_GT(small.packed->total_q_len, 2 * small.q_len);
  EXPECT_GT(small.packed->total_kv_len, 2 * small.kv_len);
  EXPECT_LT(Flops(small, Direction::kForward), 2e9);  // a bound, of any lengths
}

}  // namespace
}  // namespace attune
