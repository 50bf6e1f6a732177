#include "numerics/statistics.h"

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace attune {
namespace {

std::vector<double> OneTo(int n) {
  std::vector<double> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(StatisticsTest, MedianIsTheMiddleWhateverTheOrder) {
  EXPECT_EQ(Median({5.0}), 5);
  EXPECT_EQ(Median({3.0, 1.0, 2.0}), 2);
  EXPECT_EQ(Median({4.0, 1.0, 3.0, 2.0}), 2.5);
}

TEST(StatisticsTest, QuantilesInterpolate) {
  const std::vector<double> samples = {40, 10, 30, 20, 50};
  EXPECT_EQ(Quantile(samples, 0), 10);
  EXPECT_EQ(Quantile(samples, 0.25), 20);
  EXPECT_DOUBLE_EQ(Quantile(samples, 0.9), 46);
  EXPECT_EQ(Quantile(samples, 1), 50);
}

TEST(StatisticsTest, IntervalRanksAreThoseOfThePublishedTable) {
  // Ranks of the 95% interval from tables of the binomial distribution with p = 1/2.
  const struct {
    int count;
    double lower;
    double upper;
  } cases[] = {{6, 1, 6}, {8, 1, 8}, {9, 2, 8}, {20, 6, 15}, {50, 18, 33}, {100, 40, 61}};
  for (const auto& [count, lower, upper] : cases) {
    const std::optional<Interval> interval = MedianInterval(OneTo(count), 0.95);
    ASSERT_TRUE(interval.has_value()) << count;
    EXPECT_EQ(interval->lower, lower) << count;
    EXPECT_EQ(interval->upper, upper) << count;
  }
}

TEST(StatisticsTest, TooFewSamplesHaveNoInterval) {
  for (int count = 0; count < 6; ++count) {
    EXPECT_FALSE(MedianInterval(OneTo(count), 0.95).has_value()) << count;
  }
  EXPECT_TRUE(std::isinf(RelativeMedianError(OneTo(5), 0.95)));
  EXPECT_TRUE(MedianInterval(OneTo(2), 0.5).has_value());
}

TEST(StatisticsTest, IntervalCoversTheMedianOfASkewedDistribution) {
  constexpr uint64_t kSeed = 7;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 generator(kSeed);
  std::lognormal_distribution<double> draw(0, 1);  // median 1
  constexpr int kTrials = 2000;
  int covered = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> samples(31);
    for (double& sample : samples) sample = draw(generator);
    const std::optional<Interval> interval = MedianInterval(samples, 0.95);
    ASSERT_TRUE(interval.has_value());
    covered += interval->lower <= 1 && 1 <= interval->upper;
  }
  // The interval's exact coverage at 31 samples is 0.9706; three standard deviations are 0.011.
  EXPECT_NEAR(static_cast<double>(covered) / kTrials, 0.9706, 0.012);
}

TEST(StatisticsTest, RelativeErrorIsHalfTheIntervalOverTheMedian) {
  EXPECT_DOUBLE_EQ(RelativeMedianError(OneTo(9), 0.95), 3.0 / 5.0);
  EXPECT_EQ(RelativeMedianError(std::vector<double>(10, 3.0), 0.95), 0);
  EXPECT_TRUE(std::isinf(RelativeMedianError(std::vector<double>(10, 0.0), 0.95)));
}

TEST(StatisticsTest, ManySamplesNeitherUnderflowNorOverflow) {
  const std::optional<Interval> interval = MedianInterval(OneTo(10000), 0.95);
  ASSERT_TRUE(interval.has_value());
  // The normal approximation: 5000 -/+ 1.96 * 50.
  EXPECT_NEAR(interval->lower, 4902, 1);
  EXPECT_NEAR(interval->upper, 5099, 1);
}

}  // namespace
}  // namespace attune
