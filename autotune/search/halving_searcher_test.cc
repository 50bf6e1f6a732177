#include "autotune/search/halving_searcher.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

Configuration Value(int64_t value) { return Configuration({{"x", value}}); }

SearchProblem Problem(int64_t count) {
  SearchProblem problem;
  for (int64_t i = 0; i < count; ++i) problem.candidates.push_back(Value(i));
  problem.default_configuration = Value(0);
  problem.seed = 1;
  return problem;
}

// How often a search over `count` candidates, the smaller the faster, asked for each number of
// samples (0: all).
std::map<int, int> TrialsBySamples(int64_t count, const HalvingOptions& options) {
  HalvingSearcher searcher(Problem(count), options);
  std::map<int, int> trials;
  while (const std::optional<Configuration> next = searcher.Ask()) {
    ++trials[searcher.MaxSamples(*next).value_or(0)];
    searcher.Tell(*next, {100.0 + static_cast<double>(next->Get("x"))});
  }
  return trials;
}

TEST(HalvingSearcherTest, EachRungTakesAThirdOfTheOneBelow) {
  const std::map<int, int> trials = TrialsBySamples(90, {.rung_samples = {3, 9}, .reduction = 3});
  EXPECT_EQ(trials.at(3), 90);
  // The fastest third so far is not always of the fastest third in the end: some go up too many.
  EXPECT_GE(trials.at(9), 30);
  EXPECT_LE(trials.at(9), 45);
  EXPECT_GE(trials.at(0), 10);
  EXPECT_LE(trials.at(0), 20);
}

TEST(HalvingSearcherTest, FastestOfThreeGoesUpBeforeOthersAreTried) {
  HalvingSearcher searcher(Problem(9), {.rung_samples = {2}, .reduction = 3});
  Configuration fastest;
  for (int i = 0; i < 3; ++i) {
    const Configuration next = searcher.Ask().value();
    EXPECT_EQ(searcher.MaxSamples(next), 2);
    searcher.Tell(next, {i == 1 ? 5.0 : 9.0});
    if (i == 1) fastest = next;
  }
  EXPECT_EQ(searcher.Ask(), fastest);
  EXPECT_EQ(searcher.MaxSamples(fastest), std::nullopt);
}

TEST(HalvingSearcherTest, FailedTrialsStayBelow) {
  HalvingSearcher searcher(Problem(6), {.rung_samples = {2}, .reduction = 3});
  std::map<Configuration, int> asked;
  while (const std::optional<Configuration> next = searcher.Ask()) {
    ++asked[*next];
    searcher.Tell(*next, next->Get("x") == 4 ? Evaluation{7.0} : Evaluation{});
  }
  EXPECT_EQ(asked.size(), 6u);
  EXPECT_EQ(asked.at(Value(4)), 2) << "the only one that ran";
  EXPECT_EQ(asked.at(Value(3)), 1);
}

TEST(HalvingSearcherTest, AnEarlierSearchGoesOnFromTheRungsThatItCameTo) {
  HalvingSearcher searcher(Problem(5), {.rung_samples = {3, 9}, .reduction = 2});
  searcher.Tell(Value(0), {5.0, 20});
  searcher.Tell(Value(1), {6.0, 3});
  searcher.Tell(Value(2), {7.0, 3});
  searcher.Tell(Value(3), {8.0, 3});
  // The faster half of four, of which one is up already.
  EXPECT_EQ(searcher.Ask(), Value(1));
  EXPECT_EQ(searcher.MaxSamples(Value(1)), 9);
  EXPECT_EQ(searcher.Ask(), Value(4));
  EXPECT_EQ(searcher.MaxSamples(Value(4)), 3);
}

TEST(HalvingSearcherTest, OneIsTimedWithAllSamplesHoweverFewThereAre) {
  EXPECT_THAT(TrialsBySamples(1, {.rung_samples = {3, 9}, .reduction = 3}),
              ElementsAre(::testing::Pair(0, 1), ::testing::Pair(3, 1), ::testing::Pair(9, 1)));
}

}  // namespace
}  // namespace attune
