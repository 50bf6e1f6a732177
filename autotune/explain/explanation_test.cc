#include "autotune/explain/explanation.h"

#include "absl/strings/str_cat.h"
#include "autotune/space/stored_configuration.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

ConfigurationProto Tile(int64_t tile, int64_t width) {
  return ToProto(Configuration({{"tile", tile}, {"width", width}}));
}

Trial Ran(int64_t tile, int64_t width, double nanoseconds) {
  Trial trial;
  *trial.mutable_configuration() = Tile(tile, width);
  trial.set_outcome(Trial::OK);
  for (int i = -3; i <= 3; ++i) trial.add_nanoseconds(nanoseconds + i);
  (*trial.mutable_resources())["registers"] = 32 * tile;
  return trial;
}

Trial Failed(int64_t tile, Trial::Outcome outcome, const std::string& message) {
  Trial trial;
  *trial.mutable_configuration() = Tile(tile, 1);
  trial.set_outcome(outcome);
  trial.set_message(message);
  return trial;
}

TEST(ExplanationTest, FailuresThatDifferInNumbersAndConfigurationAreOneGroup) {
  const std::vector<FailureGroup> groups = GroupFailures({
      Failed(1, Trial::TIMEOUT, "no end after 60 s"),
      Failed(2, Trial::COMPILE_ERROR, "tile=2,width=1 spills 40 bytes"),
      Ran(3, 1, 100),
      Failed(4, Trial::COMPILE_ERROR, "tile=4,width=1 spills 8 bytes"),
      Failed(5, Trial::COMPILE_ERROR, "no such header"),
  });
  ASSERT_THAT(groups, SizeIs(3));
  EXPECT_EQ(groups[0].outcome, Trial::COMPILE_ERROR);
  EXPECT_EQ(groups[0].count, 2);
  EXPECT_EQ(groups[0].configuration.ToString(), "tile=2,width=1");
  EXPECT_EQ(groups[0].message, "tile=2,width=1 spills 40 bytes");
  EXPECT_EQ(groups[1].outcome, Trial::TIMEOUT);
}

TrialHistory History() {
  TrialHistory history;
  history.header.set_space(
      "kernel: 'k' parameter { name: 'tile' values: [1, 2] default_value: 1 } "
      "constraint { name: 'fits' expression: 'tile < 9' doc: 'there is room' }");
  history.header.set_space_size(9);
  history.header.set_admitted(7);
  ConstraintCount* count = history.header.add_constraint();
  count->set_name("fits");
  count->set_removed(2);
  history.trials = {Ran(1, 1, 300), Ran(1, 2, 250), Ran(2, 1, 200), Ran(2, 2, 100),
                    Failed(4, Trial::CRASH, "gone")};
  return history;
}

TEST(ExplanationTest, RanksWhatRanAndNamesWhatWasRemoved) {
  CacheEntry entry;
  *entry.mutable_configuration() = Tile(2, 2);
  *entry.mutable_default_configuration() = Tile(1, 1);
  *entry.add_tied() = Tile(2, 2);
  *entry.add_tied() = Tile(2, 1);
  const TrialHistory history = History();
  const Explanation explanation = Explain(&entry, &history, 3);
  EXPECT_EQ(explanation.space_size, 9);
  ASSERT_THAT(explanation.removed, SizeIs(1));
  EXPECT_EQ(explanation.removed[0].count, 2);
  EXPECT_EQ(explanation.removed[0].doc, "there is room");
  EXPECT_EQ(explanation.tried, 5);
  EXPECT_EQ(explanation.ran, 4);
  EXPECT_THAT(explanation.failures, SizeIs(1));
  ASSERT_THAT(explanation.best, SizeIs(3));
  const RankedTrial& best = explanation.best[0];
  EXPECT_EQ(best.configuration.ToString(), "tile=2,width=2");
  EXPECT_EQ(best.nanoseconds, 100);
  EXPECT_EQ(best.samples, 7);
  ASSERT_TRUE(best.interval.has_value());
  EXPECT_EQ(best.interval->lower, 97);
  EXPECT_EQ(best.resources.at("registers"), 64);
  EXPECT_TRUE(best.is_winner && best.is_tied && !best.is_default);
  EXPECT_TRUE(explanation.best[1].is_tied && !explanation.best[1].is_winner);
  ASSERT_TRUE(explanation.reason.has_value());
}

TEST(ExplanationTest, SaysWhatEachValueComesToAtBest) {
  const TrialHistory history = History();
  const Explanation explanation = Explain(nullptr, &history, 20);
  const std::vector<ValueEffect>& tile = explanation.values.at("tile");
  ASSERT_THAT(tile, SizeIs(2));
  EXPECT_EQ(tile[0].value, 1);
  EXPECT_EQ(tile[0].trials, 2);
  EXPECT_EQ(tile[0].slowdown, 2.5);
  EXPECT_EQ(tile[1].slowdown, 1);
  EXPECT_FALSE(explanation.reason.has_value());
}

TEST(ExplanationTest, TimesAreThoseWithoutDrift) {
  TrialHistory history;
  history.trials = {Ran(1, 1, 300)};
  history.trials[0].set_drift(1.5);
  const Explanation explanation = Explain(nullptr, &history, 20);
  EXPECT_EQ(explanation.best[0].nanoseconds, 200);
  EXPECT_EQ(explanation.best[0].interval->upper, 202);
}

TEST(ExplanationTest, AnEntryWithoutALogHasItsReasonAlone) {
  CacheEntry entry;
  entry.mutable_key()->set_family("k");
  const Explanation explanation = Explain(&entry, nullptr, 20);
  EXPECT_EQ(explanation.key.family(), "k");
  EXPECT_EQ(explanation.tried, 0);
  EXPECT_THAT(explanation.best, IsEmpty());
  EXPECT_TRUE(explanation.reason.has_value());
}

}  // namespace
}  // namespace attune
