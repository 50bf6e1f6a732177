#include "autotune/timing/judge.h"

#include <cmath>
#include <optional>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr double kLevel = 0.05;

// Times about `medians`, with noise that all finalists of a round share, noise of their own, and
// now and then an outlier.
class NoisyRounds {
 public:
  explicit NoisyRounds(uint64_t seed) : generator_(seed) {}

  std::vector<Finalist> Draw(const std::vector<double>& medians, int rounds) {
    std::vector<Finalist> finalists(medians.size());
    for (int round = 0; round < rounds; ++round) {
      const double shared = std::exp(0.1 * normal_(generator_));
      for (size_t i = 0; i < medians.size(); ++i) {
        const double outlier = uniform_(generator_) < 0.03 ? 2.0 : 1.0;
        finalists[i].rounds.push_back(medians[i] * shared * outlier *
                                      std::exp(0.01 * normal_(generator_)));
      }
    }
    return finalists;
  }

 private:
  std::mt19937_64 generator_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
};

TEST(JudgeTest, ClearDifferenceDisplacesTheIncumbent) {
  const std::vector<Finalist> finalists = {{{10, 11, 10, 12, 10, 11, 10}, {}},
                                           {{8, 9, 8, 9, 8, 9, 8}, {}}};
  const absl::StatusOr<Verdict> verdict = Judge(finalists, 0, kLevel);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->winner, 1u);
  EXPECT_THAT(verdict->tied, ElementsAre(1));
  EXPECT_DOUBLE_EQ(verdict->p_values[0], 1.0 / 128);
  EXPECT_NEAR(*verdict->margin, 0.25, 1e-12);
}

TEST(JudgeTest, TooFewRoundsDisplaceNobody) {
  const std::vector<Finalist> finalists = {{{10, 10, 10}, {}}, {{5, 5, 5}, {}}};
  const absl::StatusOr<Verdict> verdict = Judge(finalists, 0, kLevel);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->winner, 0u);
  EXPECT_EQ(verdict->fastest, 1u);
  EXPECT_THAT(verdict->tied, ElementsAre(0, 1));
  EXPECT_DOUBLE_EQ(*verdict->margin, -0.5);
}

TEST(JudgeTest, WithoutIncumbentAmongTheTiedTheLeanestWins) {
  const std::vector<double> slow(10, 20.0), equal(10, 10.0);
  const std::vector<Finalist> finalists = {{slow, {{"registers", 1}}},
                                           {equal, {{"registers", 200}, {"shared_bytes", 1000}}},
                                           {equal, {{"registers", 100}, {"shared_bytes", 1000}}}};
  const absl::StatusOr<Verdict> verdict = Judge(finalists, 0, kLevel);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_THAT(verdict->tied, ElementsAre(1, 2));
  EXPECT_EQ(verdict->winner, 2u);
  EXPECT_EQ(*verdict->margin, 0);
  EXPECT_EQ(Judge(finalists, 1, kLevel)->winner, 1u);
  EXPECT_EQ(Judge(finalists, std::nullopt, kLevel)->winner, 2u);
}

TEST(JudgeTest, SingleFinalistWinsWithoutMargin) {
  const absl::StatusOr<Verdict> verdict =
      Judge(std::vector<Finalist>{{{3}, {}}}, std::nullopt, kLevel);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->winner, 0u);
  EXPECT_FALSE(verdict->margin.has_value());
}

TEST(JudgeTest, EqualFinalistsDisplaceTheIncumbentNoMoreOftenThanTheLevel) {
  constexpr uint64_t kSeed = 21;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  constexpr int kTrials = 1000;
  for (size_t count : {2u, 5u}) {
    NoisyRounds noise(kSeed);
    int displaced = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      const auto verdict = Judge(noise.Draw(std::vector<double>(count, 1.0), 20), 0, kLevel);
      ASSERT_TRUE(verdict.ok()) << verdict.status();
      displaced += verdict->winner != 0;
    }
    // Three standard deviations above the level.
    EXPECT_LE(displaced, kTrials * kLevel + 21) << count << " finalists";
  }
}

TEST(JudgeTest, OnePercentIsSeenThroughTenPercentOfSharedNoise) {
  constexpr uint64_t kSeed = 22;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  NoisyRounds noise(kSeed);
  constexpr int kTrials = 300;
  int found = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto verdict = Judge(noise.Draw({1.0, 0.99}, 60), 0, kLevel);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_THAT(verdict->tied, Contains(verdict->winner));
    found += verdict->winner == 1;
  }
  EXPECT_GE(found, 0.95 * kTrials);
}

TEST(JudgeTest, ADifferenceWithinTheEquivalenceIsNone) {
  // Without noise, three and ten in a thousand slower than the fastest.
  const std::vector<Finalist> finalists = {{std::vector<double>(20, 1003), {}},
                                           {std::vector<double>(20, 1000), {}},
                                           {std::vector<double>(20, 1010), {}}};
  const auto strict = Judge(finalists, 0, kLevel);
  ASSERT_TRUE(strict.ok()) << strict.status();
  EXPECT_THAT(strict->tied, ElementsAre(1));
  const auto lenient = Judge(finalists, 0, kLevel, /*equivalence=*/0.005);
  ASSERT_TRUE(lenient.ok()) << lenient.status();
  EXPECT_THAT(lenient->tied, ElementsAre(0, 1));
  EXPECT_EQ(lenient->winner, 0u);
  EXPECT_EQ(lenient->fastest, 1u);
}

TEST(JudgeTest, WhatOnlyTiesWinsAsTheIncumbentAlone) {
  // A hundredth slower in the median, by rounds that leave open whether it is at all.
  std::vector<double> uncertain;
  for (int round = 0; round < 20; ++round) uncertain.push_back(round % 10 < 6 ? 1010 : 980);
  const std::vector<Finalist> finalists = {{uncertain, {{"registers", 10}}},
                                           {std::vector<double>(20, 1000), {{"registers", 200}}},
                                           {std::vector<double>(20, 1004), {{"registers", 100}}},
                                           {std::vector<double>(20, 1003), {{"registers", 150}}}};
  const auto winner = [&](std::optional<size_t> incumbent) {
    const auto verdict = Judge(finalists, incumbent, kLevel, /*equivalence=*/0.005);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_THAT(verdict->tied, ElementsAre(0, 1, 2, 3));
    return verdict->winner;
  };
  EXPECT_EQ(winner(std::nullopt), 2u);
  EXPECT_EQ(winner(0), 0u);
}

TEST(JudgeTest, SenselessInputIsRefused) {
  const Finalist one = {{1}, {}};
  EXPECT_FALSE(Judge({}, std::nullopt, kLevel).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{{{}, {}}}, std::nullopt, kLevel).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{one, {{1, 2}, {}}}, std::nullopt, kLevel).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{{{0}, {}}}, std::nullopt, kLevel).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{{{std::nan("")}, {}}}, std::nullopt, kLevel).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{one}, 1, kLevel).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{one}, 0, 0).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{one}, 0, 1).ok());
  EXPECT_FALSE(Judge(std::vector<Finalist>{one}, 0, kLevel, -0.1).ok());
}

}  // namespace
}  // namespace attune
