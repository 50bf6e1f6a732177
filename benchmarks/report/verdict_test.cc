#include "benchmarks/report/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace attune {
namespace {

constexpr int kTrials = 1000;
constexpr size_t kSamples = 30;
constexpr double kNoise = 0.01;

std::vector<double> NormalSamples(double median, std::mt19937_64& random) {
  std::normal_distribution<double> noise(0, kNoise);
  std::vector<double> samples(kSamples);
  for (double& sample : samples) sample = median * (1 + noise(random));
  return samples;
}

// Times have a tail: one in ten is late by several times the noise.
std::vector<double> SkewedSamples(double median, std::mt19937_64& random) {
  std::vector<double> samples = NormalSamples(median, random);
  std::exponential_distribution<double> delay(1);
  for (size_t i = 0; i < samples.size(); i += 10) {
    samples[i] *= 1 + 5 * kNoise * delay(random);
  }
  return samples;
}

// How often of kTrials the samples of `change` times the time get `verdict`.
int Count(SpeedVerdict verdict, double change,
          std::vector<double> (*samples)(double, std::mt19937_64&), uint64_t seed) {
  std::mt19937_64 random(seed);
  int count = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const std::vector<double> old_samples = samples(1e-3, random);
    const std::vector<double> new_samples = samples(change * 1e-3, random);
    count += CompareSpeed(new_samples, old_samples, {}).verdict == verdict;
  }
  return count;
}

TEST(VerdictTest, ATwoPercentChangeUnderOnePercentNoiseIsCalledInNineteenOfTwentyTrials) {
  EXPECT_GE(Count(SpeedVerdict::kSlower, 1.02, NormalSamples, 1), 0.95 * kTrials);
  EXPECT_GE(Count(SpeedVerdict::kFaster, 1 / 1.02, NormalSamples, 2), 0.95 * kTrials);
  EXPECT_GE(Count(SpeedVerdict::kSlower, 1.02, SkewedSamples, 3), 0.95 * kTrials);
}

TEST(VerdictTest, EqualPairsAreCalledDifferentInAtMostOneOfAHundredTrials) {
  for (const auto samples : {NormalSamples, SkewedSamples}) {
    EXPECT_LE(
        Count(SpeedVerdict::kSlower, 1, samples, 4) + Count(SpeedVerdict::kFaster, 1, samples, 4),
        0.01 * kTrials);
    EXPECT_GE(Count(SpeedVerdict::kSame, 1, samples, 5), 0.75 * kTrials);
  }
}

TEST(VerdictTest, ACertainChangeWithinTheBoundIsNone) {
  std::mt19937_64 random(6);
  std::vector<double> old_samples(kSamples);
  std::vector<double> new_samples(kSamples);
  std::uniform_real_distribution<double> noise(-1e-4, 1e-4);
  for (double& sample : old_samples) sample = 1 + noise(random);
  for (double& sample : new_samples) sample = 1.005 + noise(random);
  EXPECT_EQ(CompareSpeed(new_samples, old_samples, {}).verdict, SpeedVerdict::kSame);
  EXPECT_EQ(CompareSpeed(new_samples, old_samples, {.bound = 0.001}).verdict,
            SpeedVerdict::kSlower);
}

TEST(VerdictTest, TooFewSamplesAreAmbiguousHoweverFarApart) {
  const std::vector<double> fast = {1, 1.01, 1.02, 1.03, 1.04};
  const std::vector<double> slow = {9, 9.1, 9.2, 9.3, 9.4};
  EXPECT_EQ(CompareSpeed(slow, fast, {}).verdict, SpeedVerdict::kAmbiguous);
  EXPECT_EQ(SpeedVerdictName(SpeedVerdict::kAmbiguous), "AMBIGUOUS");
}

TEST(VerdictTest, TheFewestSamplesThatDecide) {
  const std::vector<double> fast(8, 1);
  const std::vector<double> slow(8, 2);
  const auto verdict = [](const std::vector<double>& a, size_t n, const std::vector<double>& b,
                          size_t m) {
    return CompareSpeed({a.data(), n}, {b.data(), m}, {}).verdict;
  };
  EXPECT_EQ(verdict(slow, 5, fast, 5), SpeedVerdict::kAmbiguous);
  EXPECT_EQ(verdict(slow, 5, fast, 6), SpeedVerdict::kSlower);
  EXPECT_EQ(verdict(fast, 6, slow, 5), SpeedVerdict::kFaster);
  EXPECT_EQ(verdict(slow, 4, fast, 7), SpeedVerdict::kAmbiguous);
  EXPECT_EQ(verdict(slow, 4, fast, 8), SpeedVerdict::kSlower);
  EXPECT_EQ(verdict(fast, 3, fast, 3), SpeedVerdict::kAmbiguous);
  EXPECT_EQ(verdict(fast, 4, fast, 4), SpeedVerdict::kSame);
}

}  // namespace
}  // namespace attune
