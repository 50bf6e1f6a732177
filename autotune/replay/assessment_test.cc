#include "autotune/replay/assessment.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

// A hundred candidates of 100 to 199 us; the default is the slowest.
RecordedSearch Example() {
  RecordedSearch search;
  search.default_candidate = 99;
  for (int64_t i = 0; i < 100; ++i) {
    RecordedCandidate candidate;
    candidate.configuration = Configuration({{"x", i}});
    candidate.outcome = Trial::OK;
    candidate.nanoseconds = 100000.0 + 1000.0 * static_cast<double>(i);
    candidate.samples.assign(9, candidate.nanoseconds);
    candidate.sample_count = 9;
    candidate.prepare_seconds = 1;
    search.candidates.push_back(std::move(candidate));
  }
  return search;
}

TEST(AssessmentTest, FractionHoldsFromOneStepToTheNext) {
  const std::vector<SimulatedStep> steps = {{1, 10, 0.5}, {4, 20, 0.9}, {9, 40, 0.9}};
  EXPECT_EQ(FractionAtEvaluations(steps, 0.5), 0);
  EXPECT_EQ(FractionAtEvaluations(steps, 3), 0.5);
  EXPECT_EQ(FractionAtEvaluations(steps, 4), 0.9);
  EXPECT_EQ(FractionAtSeconds(steps, 19.9), 0.5);
  EXPECT_EQ(FractionAtSeconds(steps, 1000), 0.9);
}

TEST(AssessmentTest, RandomSearchIsAsGoodAsCombinatoricsHasIt) {
  const auto assessment = Assess(Example(), "random", {.seeds = 400, .compilers = 1});
  ASSERT_TRUE(assessment.ok()) << assessment.status();
  // 6 of the 99 that are left after the default reach 95 %, 2 reach 99 %: half of the searches have
  // met one after 11 and 29 draws.
  EXPECT_NEAR(*assessment->reached[0].evaluations, 1 + 11, 3);
  EXPECT_NEAR(*assessment->reached[1].evaluations, 1 + 29, 7);
  EXPECT_NEAR(*assessment->reached[0].seconds, *assessment->reached[0].evaluations, 0.1);
  EXPECT_GT(*assessment->reached[0].evaluations_upper, *assessment->reached[0].evaluations);
  const CurvePoint& end = assessment->by_evaluations.back();
  EXPECT_EQ(end.at, 100);
  EXPECT_EQ(end.fraction.lower, 1);
  const CurvePoint& start = assessment->by_evaluations.front();
  EXPECT_EQ(start.at, 1);
  EXPECT_NEAR(start.fraction.median, 100.0 / 199, 1e-6) << "the default";
}

TEST(AssessmentTest, WhatIsNotReachedIsAbsent) {
  const auto assessment =
      Assess(Example(), "random", {.seeds = 20, .compilers = 1, .max_share = 0.02});
  ASSERT_TRUE(assessment.ok());
  EXPECT_EQ(assessment->reached[1].evaluations, std::nullopt);
  EXPECT_EQ(assessment->reached[1].seconds, std::nullopt);
  EXPECT_EQ(assessment->by_evaluations.size(), 2u) << "1 % and 2 %";
}

TEST(AssessmentTest, SameSeedsGiveTheSame) {
  const AssessmentOptions options = {.seeds = 5, .compilers = 3};
  const auto one = Assess(Example(), "model", options);
  const auto other = Assess(Example(), "model", options);
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(one->reached[1].evaluations, other->reached[1].evaluations);
  EXPECT_EQ(one->reached[1].seconds_upper, other->reached[1].seconds_upper);
}

TEST(AssessmentTest, NothingToDoIsAnError) {
  EXPECT_EQ(Assess(Example(), "random", {.seeds = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Assess(Example(), "luck", {.seeds = 1}).status().message()),
              HasSubstr("luck"));
}

}  // namespace
}  // namespace attune
