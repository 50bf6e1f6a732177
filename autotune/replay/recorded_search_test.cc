#include "autotune/replay/recorded_search.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pointwise;

MATCHER_P(NearRelative, tolerance, "") {
  const double expected = std::get<1>(arg);
  return std::abs(std::get<0>(arg) - expected) <= tolerance * std::abs(expected);
}

RecordedSearch Example() {
  RecordedSearch search;
  search.key.set_family("testing");
  search.feature_names = {"shared_bytes"};
  search.trial_seconds = 0.25;
  search.default_candidate = 1;
  search.candidates = {
      {Configuration({{"block", 64}, {"shift", -2}}),
       {1024},
       Trial::OK,
       1234.5,
       3,
       {1200, 1234.5, 1300},
       0.75},
      {Configuration({{"block", 128}, {"shift", 0}}), {2048.5}, Trial::CRASH, 0, 0, {}, 1.5},
  };
  return search;
}

TEST(RecordedSearchTest, ComesBackAsItWas) {
  const auto search = ParseRecordedSearch(SerializeRecordedSearch(Example()));
  ASSERT_TRUE(search.ok()) << search.status();
  EXPECT_EQ(search->key.family(), "testing");
  EXPECT_THAT(search->feature_names, ElementsAre("shared_bytes"));
  EXPECT_EQ(search->default_candidate, 1u);
  EXPECT_EQ(search->trial_seconds, 0.25);
  ASSERT_EQ(search->candidates.size(), 2u);
  const RecordedCandidate& ran = search->candidates[0];
  EXPECT_EQ(ran.configuration, Example().candidates[0].configuration);
  EXPECT_THAT(ran.features, ElementsAre(1024));
  EXPECT_EQ(ran.outcome, Trial::OK);
  EXPECT_NEAR(ran.nanoseconds, 1234.5, 1e-3);
  EXPECT_EQ(ran.sample_count, 3);
  EXPECT_THAT(ran.samples, Pointwise(NearRelative(1e-4), Example().candidates[0].samples));
  EXPECT_EQ(ran.prepare_seconds, 0.75);
  const RecordedCandidate& failed = search->candidates[1];
  EXPECT_EQ(failed.outcome, Trial::CRASH);
  EXPECT_THAT(failed.features, ElementsAre(2048.5));
  EXPECT_THAT(failed.samples, IsEmpty());
}

TEST(RecordedSearchTest, KeepsTheFirstSamplesOnly) {
  RecordedSearch search = Example();
  search.candidates[0].samples.assign(20, 1234.5);
  search.candidates[0].sample_count = 20;
  const auto parsed = ParseRecordedSearch(SerializeRecordedSearch(search));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->candidates[0].samples.size(), static_cast<size_t>(kRecordedSamples));
  EXPECT_EQ(parsed->candidates[0].sample_count, 20);
}

TEST(RecordedSearchTest, OptimumIsTheLeastMedianOfThoseThatRan) {
  RecordedSearch search = Example();
  EXPECT_EQ(OptimumNanoseconds(search), 1234.5);
  search.candidates[1].outcome = Trial::OK;
  search.candidates[1].nanoseconds = 1000;
  EXPECT_EQ(OptimumNanoseconds(search), 1000);
}

TEST(RecordedSearchTest, WhatIsNoneIsDataLoss) {
  EXPECT_EQ(ParseRecordedSearch("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ParseRecordedSearch("not a search").status().code(), absl::StatusCode::kDataLoss);
  // Cut off in a column: protobuf alone does not always see it.
  const std::string whole = SerializeRecordedSearch(Example());
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ParseRecordedSearch(whole.substr(0, size)).status().code(),
              absl::StatusCode::kDataLoss)
        << size << " of " << whole.size();
  }
}

TEST(RecordedSearchTest, SearchInWhichNothingRanIsDataLoss) {
  RecordedSearch search = Example();
  search.candidates[0].outcome = Trial::WRONG_RESULT;
  EXPECT_THAT(ParseRecordedSearch(SerializeRecordedSearch(search)).status(),
              absl::DataLossError("no candidate of the recorded search ran"));
}

TEST(RecordedSearchTest, NewerFormatIsNamed) {
  std::string bytes = SerializeRecordedSearch(Example());
  bytes[1] = 99;  // the value of the first field, format_version
  const absl::Status status = ParseRecordedSearch(bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 99"));
}

TEST(RecordedSearchTest, MessageNamesTheFile) {
  EXPECT_THAT(std::string(ReadRecordedSearch("/nowhere/a.search.pb").status().message()),
              HasSubstr("/nowhere/a.search.pb"));
}

}  // namespace
}  // namespace attune
