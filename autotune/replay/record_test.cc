#include "autotune/replay/record.h"

#include "autotune/space/stored_configuration.h"
#include "autotune/space/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Configuration Block(int64_t block) { return Configuration({{"block", block}}); }

// Takes 10 ms besides its samples, of 1 ms each, in a search that began at 1000 s.
Trial MakeTrial(int64_t block, std::vector<double> nanoseconds, int64_t unix_microseconds) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(Block(block));
  trial.set_outcome(nanoseconds.empty() ? Trial::LAUNCH_ERROR : Trial::OK);
  trial.mutable_nanoseconds()->Assign(nanoseconds.begin(), nanoseconds.end());
  trial.set_prepare_seconds(0.5);
  trial.set_unix_microseconds(unix_microseconds);
  return trial;
}

absl::StatusOr<Variables> Model(const Configuration& configuration) {
  return Variables{{"shared_bytes", 100.0 * static_cast<double>(configuration.Get("block"))},
                   {"length", 5}};
}

TEST(RecordTest, KeepsWhatBecameOfEachConfiguration) {
  TrialLog log;
  log.header.mutable_key()->set_family("testing");
  log.trials = {MakeTrial(8, {3e6, 1e6, 2e6}, 1000000), MakeTrial(4, {}, 1500000),
                MakeTrial(2, {5e6, 5e6}, 2000000)};
  const auto search = RecordSearch(log, Model);
  ASSERT_TRUE(search.ok()) << search.status();
  EXPECT_EQ(search->key.family(), "testing");
  EXPECT_THAT(search->feature_names, ElementsAre("shared_bytes"));
  ASSERT_EQ(search->candidates.size(), 3u);
  EXPECT_EQ(search->candidates[search->default_candidate].configuration, Block(8));
  EXPECT_EQ(search->candidates[0].configuration, Block(2));
  EXPECT_EQ(search->candidates[0].nanoseconds, 5e6);
  EXPECT_THAT(search->candidates[0].features, ElementsAre(200));
  EXPECT_EQ(search->candidates[0].prepare_seconds, 0.5);
  EXPECT_EQ(search->candidates[1].outcome, Trial::LAUNCH_ERROR);
  EXPECT_EQ(search->candidates[2].nanoseconds, 2e6);
  EXPECT_EQ(search->candidates[2].sample_count, 3);
  EXPECT_THAT(search->candidates[2].samples, ElementsAre(3e6, 1e6, 2e6));
}

TEST(RecordTest, TrialOfTheMostSamplesCounts) {
  TrialLog log;
  log.trials = {MakeTrial(8, {3e6, 3e6}, 1000000), MakeTrial(8, {7e6}, 1100000),
                MakeTrial(4, {1e6, 1e6}, 1200000), MakeTrial(4, {2e6, 2e6}, 1300000)};
  const auto search = RecordSearch(log, Model);
  ASSERT_TRUE(search.ok()) << search.status();
  ASSERT_EQ(search->candidates.size(), 2u);
  EXPECT_EQ(search->candidates[0].nanoseconds, 2e6) << "the later of two";
  EXPECT_EQ(search->candidates[1].nanoseconds, 3e6);
}

TEST(RecordTest, TrialSecondsAreThoseOfTrialsThatDidNotWaitForACompiler) {
  TrialLog log;
  int64_t now = 1000 * 1000000;
  for (int64_t block = 1; block <= 100; ++block) {
    // 10 ms of its own, two samples of 1 ms; most waited for their compilation.
    now += 12000 + (block % 4 == 0 ? 0 : 300000);
    log.trials.push_back(MakeTrial(block, {1e6, 1e6}, now));
  }
  log.trials.push_back(MakeTrial(200, {1e6}, now + 86400 * int64_t{1000000}));  // the next day
  const auto search = RecordSearch(log, Model);
  ASSERT_TRUE(search.ok()) << search.status();
  EXPECT_NEAR(search->trial_seconds, 0.01, 1e-6);
}

TEST(RecordTest, TimesAreLessTheDrift) {
  TrialLog log;
  log.trials = {MakeTrial(8, {3e6, 3e6}, 1000000), MakeTrial(4, {2e6, 4e6}, 1100000)};
  log.trials[1].set_drift(1.25);
  const auto search = RecordSearch(log, Model);
  ASSERT_TRUE(search.ok()) << search.status();
  EXPECT_EQ(search->candidates[0].nanoseconds, 3e6 / 1.25);
  EXPECT_THAT(search->candidates[0].samples, ElementsAre(2e6 / 1.25, 4e6 / 1.25));
  EXPECT_EQ(search->candidates[1].nanoseconds, 3e6);
}

TEST(RecordTest, LogOfPartOfASpaceIsNoRecord) {
  TrialLog log;
  log.header.set_admitted(3);
  log.trials = {MakeTrial(8, {3e6}, 1), MakeTrial(4, {2e6}, 2)};
  EXPECT_THAT(std::string(RecordSearch(log, Model).status().message()),
              HasSubstr("of 2 of the 3 admitted configurations"));
  log.trials.push_back(MakeTrial(2, {}, 3));
  EXPECT_TRUE(RecordSearch(log, Model).ok());
}

TEST(RecordTest, LogWithoutSuccessIsNoRecord) {
  TrialLog log;
  EXPECT_EQ(RecordSearch(log, Model).status().code(), absl::StatusCode::kInvalidArgument);
  log.trials = {MakeTrial(8, {}, 1)};
  EXPECT_THAT(std::string(RecordSearch(log, Model).status().message()),
              HasSubstr("no trial that succeeded"));
}

}  // namespace
}  // namespace attune
