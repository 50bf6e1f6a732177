#include "autotune/replay/simulation.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::FieldsAre;
using ::testing::HasSubstr;

RecordedCandidate Ran(int64_t value, double seconds, std::vector<double> samples = {}) {
  RecordedCandidate candidate;
  candidate.configuration = Configuration({{"x", value}});
  candidate.outcome = Trial::OK;
  candidate.nanoseconds = 1e9 * seconds;
  candidate.samples = samples.empty() ? std::vector<double>{1e9 * seconds} : std::move(samples);
  candidate.sample_count = static_cast<int>(candidate.samples.size());
  candidate.prepare_seconds = 10;
  return candidate;
}

// Four candidates, asked for by the exhaustive strategy as 0, 1, 2, 3.
RecordedSearch Example() {
  RecordedSearch search;
  search.trial_seconds = 1;
  search.candidates = {Ran(0, 4), Ran(1, 5), Ran(2, 2), Ran(3, 1)};
  return search;
}

std::vector<SimulatedStep> StepsOf(const RecordedSearch& search, const SimulationOptions& options,
                                   const char* strategy = "exhaustive") {
  return Simulate(search, strategy, options).value();
}

TEST(SimulationTest, NotesWhenAFasterCandidateIsFound) {
  // A trial: 10 s of compilation, 1 s, and its sample.
  EXPECT_THAT(StepsOf(Example(), {}),
              ElementsAre(FieldsAre(1, DoubleEq(15), DoubleEq(0.25)),
                          FieldsAre(3, DoubleEq(15 + 16 + 13), DoubleEq(0.5)),
                          FieldsAre(4, DoubleEq(15 + 16 + 13 + 12), DoubleEq(1)),
                          FieldsAre(4, DoubleEq(15 + 16 + 13 + 12), DoubleEq(1))));
}

TEST(SimulationTest, CompilersWorkSideBySideAndTheDeviceOneByOne) {
  // 0 and 1 are compiled by 10 s, 2 and 3 by 20 s; the device is done with 1 at 21 s.
  EXPECT_THAT(StepsOf(Example(), {.compilers = 2}),
              ElementsAre(FieldsAre(1, DoubleEq(15), DoubleEq(0.25)),
                          FieldsAre(3, DoubleEq(24), DoubleEq(0.5)),
                          FieldsAre(4, DoubleEq(26), DoubleEq(1)),
                          FieldsAre(4, DoubleEq(26), DoubleEq(1))));
}

TEST(SimulationTest, EndsAtTheOptimumOrAfterItsEvaluations) {
  RecordedSearch search = Example();
  search.default_candidate = 3;
  EXPECT_THAT(StepsOf(search, {}), ElementsAre(FieldsAre(1, DoubleEq(12), 1), FieldsAre(1, 12, 1)));
  EXPECT_THAT(StepsOf(Example(), {.max_evaluations = 2}).back(), FieldsAre(2, DoubleEq(31), 0.25));
}

TEST(SimulationTest, CandidatesThatDidNotCompileCostTheirCompilation) {
  RecordedSearch search = Example();
  search.candidates[0].outcome = Trial::COMPILE_ERROR;
  search.candidates[1].outcome = Trial::WRONG_RESULT;
  // 10 s, and 11 s: it ran.
  EXPECT_THAT(StepsOf(search, {}).front(), FieldsAre(3, DoubleEq(10 + 11 + 13), DoubleEq(0.5)));
}

TEST(SimulationTest, FewSamplesAreToldAndPaidForAndCompilationIsNotRepeated) {
  RecordedSearch search;
  search.trial_seconds = 1;
  search.candidates = {Ran(0, 2, {1, 1, 1, 2e9, 2e9, 2e9, 2e9, 2e9, 2e9})};
  search.candidates[0].sample_count = 20;
  const auto steps = StepsOf(search, {}, "halving");
  // The optimum is known with the first trial, of three samples.
  EXPECT_THAT(steps.front(), FieldsAre(1, DoubleEq(10 + 1 + 3 * 2), DoubleEq(1)));
}

TEST(SimulationTest, WhatTheStrategyTakesForTheFastestCounts) {
  // With three samples candidate 1 looks the fastest; with all it is the slowest.
  RecordedSearch search;
  search.candidates = {Ran(0, 2, std::vector<double>(9, 2e9)),
                       Ran(1, 3, {1e9, 1e9, 1e9, 3e9, 3e9, 3e9, 3e9, 3e9, 3e9}),
                       Ran(2, 2.5, std::vector<double>(9, 2.5e9))};
  search.default_candidate = 1;
  const auto steps = StepsOf(search, {.seed = 2}, "halving");
  EXPECT_THAT(steps.front().fraction, DoubleNear(2.0 / 3, 1e-12));
  EXPECT_EQ(steps.back().fraction, 1);
}

TEST(SimulationTest, UnknownStrategyIsAnError) {
  EXPECT_THAT(std::string(Simulate(Example(), "guess", {}).status().message()), HasSubstr("guess"));
}

}  // namespace
}  // namespace attune
