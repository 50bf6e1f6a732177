#include "benchmarks/report/history.h"

#include <gtest/gtest.h>

#include <random>

namespace attune {
namespace {

std::vector<std::vector<double>> RunsAt(const std::vector<double>& levels, uint64_t seed,
                                        size_t count = 15) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 0.01);
  std::vector<std::vector<double>> runs;
  for (const double level : levels) {
    std::vector<double> samples(count);
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

TEST(HistoryTest, RunsTooShortToDecideAreTakenTogether) {
  const auto at_once =
      FindChangePoints(RunsAt({1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, 5, /*count=*/5), {});
  ASSERT_EQ(at_once.size(), 1u);
  EXPECT_EQ(at_once[0].run, 1u);
  EXPECT_EQ(at_once[0].comparison.verdict, SpeedVerdict::kSlower);
  EXPECT_NEAR(at_once[0].comparison.ratio.estimate, 2, 0.05);
  EXPECT_TRUE(at_once[0].confirmed);
  const auto later = FindChangePoints(RunsAt({1, 1, 2, 2, 2}, 6, /*count=*/5), {});
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].run, 2u);
  EXPECT_TRUE(later[0].confirmed);
  const auto of_one = FindChangePoints(
      RunsAt({1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2}, 7, /*count=*/1), {});
  ASSERT_EQ(of_one.size(), 1u);
  EXPECT_EQ(of_one[0].run, 8u);
  EXPECT_TRUE(of_one[0].confirmed);
}

TEST(HistoryTest, RunsTooShortToDecideConfirmTogether) {
  auto runs = RunsAt({1, 2, 2, 2}, 8);
  runs[0].resize(5);
  runs[2].resize(3);
  runs[3].resize(3);
  const auto confirmed = FindChangePoints(runs, {});
  ASSERT_EQ(confirmed.size(), 1u);
  EXPECT_EQ(confirmed[0].run, 1u);
  EXPECT_TRUE(confirmed[0].confirmed);
  runs.pop_back();
  const auto undecided = FindChangePoints(runs, {});
  ASSERT_EQ(undecided.size(), 1u);
  EXPECT_FALSE(undecided[0].confirmed);
}

TEST(HistoryTest, TooFewSamplesForAnyVerdictAreNoChange) {
  EXPECT_TRUE(FindChangePoints(RunsAt({1, 2}, 9, /*count=*/5), {}).empty());
}

TEST(HistoryTest, ALevelHistoryHasNoChange) {
  EXPECT_TRUE(FindChangePoints(RunsAt(std::vector<double>(30, 1.0), 4), {}).empty());
  EXPECT_TRUE(FindChangePoints({}, {}).empty());
}

}  // namespace
}  // namespace attune
