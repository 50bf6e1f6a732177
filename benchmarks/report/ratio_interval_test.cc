#include "benchmarks/report/ratio_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace attune {
namespace {

TEST(RatioIntervalTest, SmallSetsHaveTheTabulatedRanks) {
  // P(U = 0) for 4 and 4 is 1/70: at 0.97 the interval is between the extreme ratios.
  const std::vector<double> old_samples = {1, 1, 1, 1};
  const std::vector<double> new_samples = {2, 3, 4, 5};
  const Ratio ratio = RatioOf(new_samples, old_samples, 0.97);
  EXPECT_DOUBLE_EQ(ratio.interval.lower, 2);
  EXPECT_DOUBLE_EQ(ratio.interval.upper, 5);
  EXPECT_DOUBLE_EQ(ratio.estimate, std::sqrt(12.0));
  // 2 * 1/70 = 0.0286: no interval at 0.98.
  EXPECT_TRUE(std::isinf(RatioOf(new_samples, old_samples, 0.98).interval.upper));
}

TEST(RatioIntervalTest, SwappingTheSetsInvertsTheRatio) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> time(0, 0.1);
  std::vector<double> a(17);
  std::vector<double> b(23);
  for (double& x : a) x = time(random);
  for (double& x : b) x = time(random);
  const Ratio forward = RatioOf(a, b, 0.99);
  const Ratio backward = RatioOf(b, a, 0.99);
  EXPECT_NEAR(forward.estimate * backward.estimate, 1, 1e-12);
  EXPECT_NEAR(forward.interval.lower * backward.interval.upper, 1, 1e-12);
}

TEST(RatioIntervalTest, ItCoversTheTrueRatioAsOftenAsItSays) {
  std::mt19937_64 random(20261122);
  for (const size_t count : {size_t{12}, size_t{60}}) {  // exact, and approximated
    int covered = 0;
    constexpr int kTrials = 1000;
    for (int trial = 0; trial < kTrials; ++trial) {
      // Skewed, as times are.
      std::exponential_distribution<double> delay(1);
      std::vector<double> a(count);
      std::vector<double> b(count);
      for (double& x : a) x = 1.3 * std::exp(0.02 * delay(random));
      for (double& x : b) x = std::exp(0.02 * delay(random));
      const Ratio ratio = RatioOf(a, b, 0.95);
      covered += ratio.interval.lower <= 1.3 && 1.3 <= ratio.interval.upper;
    }
    // Six standard deviations of a binomial variable below 95 %.
    EXPECT_GE(covered, 0.91 * kTrials) << count;
    EXPECT_LE(covered, 0.99 * kTrials) << count;
  }
}

}  // namespace
}  // namespace attune
