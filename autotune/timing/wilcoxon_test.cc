#include "autotune/timing/wilcoxon.h"

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(WilcoxonTest, SmallCasesAreThoseCountedByHand) {
  EXPECT_DOUBLE_EQ(WilcoxonSignedRankPValue({1.0}), 0.5);
  EXPECT_DOUBLE_EQ(WilcoxonSignedRankPValue({-1.0}), 1);
  EXPECT_DOUBLE_EQ(WilcoxonSignedRankPValue({1.0, 2.0, 3.0}), 1.0 / 8);
  // Sums of positive ranks of at least 5 out of {1, 2, 3}: 2+3 and 1+2+3.
  EXPECT_DOUBLE_EQ(WilcoxonSignedRankPValue({-1.0, 2.0, 3.0}), 2.0 / 8);
  EXPECT_DOUBLE_EQ(WilcoxonSignedRankPValue({-1.0, -2.0, -3.0}), 1);
}

TEST(WilcoxonTest, TailAgreesWithThePublishedTable) {
  // For 10 pairs P(T+ >= 45) = 0.042: the sum 45 from all but the rank 10.
  std::vector<double> differences;
  for (int i = 1; i <= 10; ++i) differences.push_back(i == 10 ? -i : i);
  EXPECT_NEAR(WilcoxonSignedRankPValue(differences), 0.0420, 0.0005);
}

TEST(WilcoxonTest, ZerosAreDroppedAndTiesShareRanks) {
  EXPECT_EQ(WilcoxonSignedRankPValue({}), 1);
  EXPECT_EQ(WilcoxonSignedRankPValue({0.0, 0.0}), 1);
  EXPECT_DOUBLE_EQ(WilcoxonSignedRankPValue({0.0, 1.0, 1.0, 1.0}), 1.0 / 8);
  // Each of three equal magnitudes has rank 2: a sum of at least 4 has two or three positive signs.
  EXPECT_DOUBLE_EQ(WilcoxonSignedRankPValue({1.0, 1.0, -1.0}), 4.0 / 8);
}

TEST(WilcoxonTest, NormalApproximationMeetsTheExactTail) {
  constexpr uint64_t kSeed = 3;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 generator(kSeed);
  std::normal_distribution<double> draw(0.1, 1);
  std::vector<double> differences(200);
  for (double& difference : differences) difference = draw(generator);
  const double exact = WilcoxonSignedRankPValue(differences);
  // One more difference, too small to matter, passes the bound of the exact computation.
  differences.push_back(1e-9);
  EXPECT_NEAR(WilcoxonSignedRankPValue(differences), exact, 0.1 * exact + 1e-4);
}

TEST(WilcoxonTest, FalseAlarmsKeepTheLevelUnderHeavyTails) {
  constexpr uint64_t kSeed = 5;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 generator(kSeed);
  std::cauchy_distribution<double> draw(0, 1);
  constexpr int kTrials = 4000;
  int alarms = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> differences(20);
    for (double& difference : differences) difference = draw(generator);
    alarms += WilcoxonSignedRankPValue(differences) <= 0.05;
  }
  EXPECT_LE(static_cast<double>(alarms) / kTrials, 0.05 + 0.011);  // three standard deviations
  EXPECT_GE(static_cast<double>(alarms) / kTrials, 0.05 - 0.015);
}

}  // namespace
}  // namespace attune
