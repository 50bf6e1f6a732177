#include "autotune/audit/regret.h"

#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

std::vector<double> Rounds(uint64_t seed, double mean, int count) {
  std::vector<double> rounds;
  for (int i = 0; i < count; ++i) rounds.push_back(mean * (1 + 0.02 * RandomNormal(seed, i)));
  return rounds;
}

TEST(RegretTest, IsHowFarTheBestRivalIsAhead) {
  const std::vector<double> winner(40, 110);
  const Regret regret =
      RegretOf(winner, std::vector<std::vector<double>>{std::vector<double>(40, 120),
                                                        std::vector<double>(40, 100),
                                                        std::vector<double>(40, 105)});
  EXPECT_EQ(regret.rival, 1u);
  EXPECT_NEAR(regret.estimate, 0.1, 1e-12);
  EXPECT_NEAR(regret.interval.lower, 0.1, 1e-12);
}

TEST(RegretTest, BelowZeroWhereTheWinnerIsTheFastest) {
  const Regret regret =
      RegretOf(std::vector<double>(kMinRegretRounds, 90),
               std::vector<std::vector<double>>{std::vector<double>(kMinRegretRounds, 100)});
  EXPECT_NEAR(regret.estimate, -0.1, 1e-12);
  EXPECT_NEAR(regret.interval.upper, -0.1, 1e-12);
}

TEST(RegretTest, AmongEqualsTheChoiceOfTheBestDoesNotMakeRegret) {
  // Sixteen rivals as fast as the winner: the interval of the best of them lies above zero by the
  // test's level, not by the choice.
  int above = 0;
  constexpr int kAudits = 100;
  for (int audit = 0; audit < kAudits; ++audit) {
    SCOPED_TRACE(testing::Message() << "seed " << 100 * audit);
    std::vector<std::vector<double>> rivals;
    for (int r = 1; r <= 16; ++r) rivals.push_back(Rounds(100 * audit + r, 100, 40));
    const Regret regret = RegretOf(Rounds(100 * audit, 100, 40), rivals);
    above += regret.interval.lower > 0;
  }
  EXPECT_LE(above, 10);
}

}  // namespace
}  // namespace attune
