#include "attention/ternary/threshold.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

float Find(const Threshold& threshold, const std::vector<float>& magnitudes) {
  EXPECT_TRUE(Validate(threshold).ok()) << Validate(threshold);
  return ThresholdFinder(threshold).Find(magnitudes);
}

std::vector<float> NormalMagnitudes(uint64_t seed, int64_t count) {
  std::vector<float> magnitudes(count);
  for (int64_t i = 0; i < count; ++i) {
    magnitudes[i] = static_cast<float>(std::abs(RandomNormal(seed, i)));
  }
  return magnitudes;
}

// The least squared error of any choice of what to keep, less the error of keeping nothing, with
// the sign turned: of all 2^n subsets.
double BestOfAllSubsets(const std::vector<float>& magnitudes) {
  double best = 0;
  for (uint32_t subset = 1; subset < 1u << magnitudes.size(); ++subset) {
    double sum = 0;
    for (size_t i = 0; i < magnitudes.size(); ++i) sum += subset >> i & 1 ? magnitudes[i] : 0;
    best = std::max(best, sum * sum / std::popcount(subset));
  }
  return best;
}

double GainOf(const std::vector<float>& magnitudes, float threshold) {
  double sum = 0, count = 0;
  for (const float magnitude : magnitudes) {
    sum += magnitude > threshold ? magnitude : 0;
    count += magnitude > threshold;
  }
  return count == 0 ? 0 : sum * sum / count;
}

TEST(ThresholdTest, OptimalIsTheBestOfAllSubsets) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    std::vector<float> magnitudes = NormalMagnitudes(seed, 1 + static_cast<int64_t>(seed % 11));
    // Every other row has ties, down to zeros.
    if (seed % 2 == 0) {
      for (float& magnitude : magnitudes) magnitude = std::floor(magnitude * 2);
    }
    EXPECT_NEAR(GainOf(magnitudes, Find({}, magnitudes)), BestOfAllSubsets(magnitudes), 1e-5)
        << "seed " << seed;
  }
}

TEST(ThresholdTest, OptimalOfLongRowsIsTheBestOfAllPrefixes) {
  // Magnitudes of many orders, which bounds do not close in on, and counts on both sides of a word.
  for (const int64_t count : {31, 32, 1000, 1024, 5000}) {
    std::vector<float> magnitudes = NormalMagnitudes(count, count);
    for (size_t i = 0; i < magnitudes.size(); i += 3) {
      magnitudes[i] *= std::exp2(-static_cast<float>(i % 140));
    }
    std::vector<float> sorted = magnitudes;
    std::sort(sorted.rbegin(), sorted.rend());
    double best = 0, sum = 0;
    for (size_t k = 0; k < sorted.size(); ++k) {
      sum += sorted[k];
      best = std::max(best, sum * sum / static_cast<double>(k + 1));
    }
    EXPECT_DOUBLE_EQ(GainOf(magnitudes, Find({}, magnitudes)), best) << count;
  }
}

TEST(ThresholdTest, OptimalFindsTheBetterOfTwoMaxima) {
  // A few large weights and many small ones: keeping the large alone is a maximum, and so is
  // keeping all. Which of them is the larger depends on how many are small.
  for (const int64_t small : {60, 100, 140, 200, 300}) {
    std::vector<float> magnitudes(small, 1.0f);
    for (int i = 0; i < 10; ++i) magnitudes.push_back(4.0f + 0.01f * static_cast<float>(i));
    const double large_alone = 40.45 * 40.45 / 10;
    const double all = (40.45 + small) * (40.45 + small) / (10.0 + static_cast<double>(small));
    EXPECT_NEAR(GainOf(magnitudes, Find({}, magnitudes)), std::max(large_alone, all), 1e-3)
        << small;
  }
}

TEST(ThresholdTest, OptimalKeepsOneWeightAndEqualWeightsAndNoZeros) {
  EXPECT_LT(Find({}, {3}), 3);
  EXPECT_LT(Find({}, {2, 2, 2, 2}), 2);
  EXPECT_EQ(Find({}, {0, 0, 0}), 0);
  EXPECT_LT(Find({}, {0, 5, 0}), 5);
}

TEST(ThresholdTest, OtherMethodsFollowTheirFormulas) {
  const std::vector<float> magnitudes = {1, 2, 3, 6};
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kMaxFraction}, magnitudes), 4.2f);
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kMaxFraction, 0.5}, magnitudes), 3);
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kMeanFraction}, magnitudes), 2.1f);
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kMeanStd, 1}, magnitudes), 3 + std::sqrt(3.5));
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kMeanStd, -9}, magnitudes), 0);
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kManual, 2.5}, magnitudes), 2.5);
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kPercentile}, magnitudes), 2);
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kPercentile, 100}, magnitudes), 6);
  EXPECT_FLOAT_EQ(Find({ThresholdMethod::kPercentile, 0}, magnitudes), 0);
}

TEST(ThresholdTest, NamesRoundTripAndUnknownOnesListTheOthers) {
  for (const char* name : {"optimal", "max", "mean", "percentile", "mean_std", "manual"}) {
    EXPECT_EQ(ThresholdMethodName(ParseThresholdMethod(name).value()), name);
  }
  EXPECT_THAT(std::string(ParseThresholdMethod("best").status().message()),
              HasSubstr("optimal, max, mean"));
}

TEST(ThresholdTest, WrongParametersAreRefused) {
  const Threshold wrong[] = {
      {ThresholdMethod::kManual},
      {ThresholdMethod::kManual, -1},
      {ThresholdMethod::kOptimal, 1},
      {ThresholdMethod::kPercentile, 100.5},
      {ThresholdMethod::kMaxFraction, -0.1},
      {ThresholdMethod::kMeanStd, std::nan("")},
      {ThresholdMethod::kMeanFraction, std::numeric_limits<double>::infinity()}};
  for (const Threshold& threshold : wrong) {
    const absl::Status status = Validate(threshold);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << threshold.ToString();
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(std::string(ThresholdMethodName(threshold.method))));
  }
}

}  // namespace
}  // namespace attune
