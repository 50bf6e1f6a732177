#include "benchmarks/report/history.h"

#include <gtest/gtest.h>

#include <random>

namespace attune {
namespace {

std::vector<std::vector<double>> RunsAt(const std::vector<double>& levels, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 0.01);
  std::vector<std::vector<double>> runs;
  for (const double level : levels) {
    std::vector<double> samples(15);
    for (double& sample : samples) sample = level * (1 + noise(random));
    runs.push_back(samples);
  }
  return runs;
}

TEST(HistoryTest, AStepIsFoundWhereItIsWithItsSize) {
  const auto changes = FindChangePoints(RunsAt({1, 1, 1, 1.1, 1.1, 1.1, 0.9, 0.9}, 1), {});
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].run, 3u);
  EXPECT_EQ(changes[0].comparison.verdict, SpeedVerdict::kSlower);
  EXPECT_NEAR(changes[0].comparison.ratio.estimate, 1.1, 0.01);
  EXPECT_TRUE(changes[0].confirmed);
  EXPECT_EQ(changes[1].run, 6u);
  EXPECT_EQ(changes[1].comparison.verdict, SpeedVerdict::kFaster);
}

TEST(HistoryTest, ARunAloneIsAnOutlier) {
  EXPECT_TRUE(FindChangePoints(RunsAt({1, 1, 1.5, 1, 1}, 2), {}).empty());
}

TEST(HistoryTest, ThatTheLastRunIsDifferentNobodyConfirms) {
  const auto changes = FindChangePoints(RunsAt({1, 1, 1.2}, 3), {});
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].confirmed);
}

TEST(HistoryTest, ALevelHistoryHasNoChange) {
  EXPECT_TRUE(FindChangePoints(RunsAt(std::vector<double>(30, 1.0), 4), {}).empty());
  EXPECT_TRUE(FindChangePoints({}, {}).empty());
}

}  // namespace
}  // namespace attune
