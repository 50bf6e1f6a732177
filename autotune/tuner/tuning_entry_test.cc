#include "autotune/tuner/tuning_entry.h"

#include <string>

#include "autotune/space/stored_configuration.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Configuration Block(int64_t block) { return Configuration({{"block", block}}); }

// Three finalists; the second won, the third could not be told from it.
TuningResult MakeResult() {
  TuningResult result;
  result.default_configuration = Block(1);
  result.trials.resize(5);
  result.finalists = {{Block(1), {{"registers", 10}}, {30, 31}},
                      {Block(2), {{"registers", 20}}, {10, 11}},
                      {Block(4), {{"registers", 40}}, {10, 12}}};
  result.verdict = {
      .winner = 1, .fastest = 1, .tied = {1, 2}, .p_values = {0.001, 1, 0.4}, .margin = 0.02};
  result.search_duration = absl::Seconds(5);
  result.final_duration = absl::Seconds(2);
  return result;
}

CacheEntry Make(const TuningResult& result) {
  CacheKey key;
  key.set_family("tile");
  return MakeCacheEntry(key, result, "random", absl::FromUnixSeconds(1700000000));
}

TEST(TuningEntryTest, KeepsTheWinnerWithItsEvidence) {
  const CacheEntry entry = Make(MakeResult());
  EXPECT_EQ(entry.key().family(), "tile");
  EXPECT_EQ(FromProto(entry.configuration()), Block(2));
  EXPECT_THAT(entry.best_nanoseconds(), ElementsAre(10, 11));
  EXPECT_THAT(entry.default_nanoseconds(), ElementsAre(30, 31));
  ASSERT_EQ(entry.tied_size(), 2);
  EXPECT_EQ(FromProto(entry.tied(1)), Block(4));
  EXPECT_EQ(entry.runner_up_margin(), 0.02);
  EXPECT_EQ(entry.strategy(), "random");
  EXPECT_EQ(entry.evaluations(), 5);
  EXPECT_EQ(entry.seconds(), 7);
  EXPECT_EQ(entry.measured_unix_seconds(), 1700000000);
  EXPECT_EQ(entry.resources().at("registers"), 20);
}

TEST(TuningEntryTest, KeepsTheWholeFinal) {
  const CacheEntry entry = Make(MakeResult());
  ASSERT_EQ(entry.finalist_size(), 3);
  EXPECT_EQ(FromProto(entry.finalist(2).configuration()), Block(4));
  EXPECT_THAT(entry.finalist(2).nanoseconds(), ElementsAre(10, 12));
  EXPECT_EQ(entry.finalist(2).resources().at("registers"), 40);
  EXPECT_EQ(entry.finalist(2).p_value(), 0.4);
  EXPECT_TRUE(entry.finalist(1).is_fastest());
  EXPECT_FALSE(entry.finalist(2).is_fastest());
  EXPECT_EQ(FromProto(entry.default_configuration()), Block(1));
}

TEST(TuningEntryTest, ADefaultThatFailedHasNoTimes) {
  TuningResult result = MakeResult();
  result.default_configuration = Block(8);
  EXPECT_THAT(Make(result).default_nanoseconds(), IsEmpty());
}

TEST(TuningEntryTest, WithoutARunnerUpThereIsNoMargin) {
  TuningResult result = MakeResult();
  result.finalists.resize(1);
  result.verdict = {
      .winner = 0, .fastest = 0, .tied = {0}, .p_values = {1}, .margin = std::nullopt};
  const CacheEntry entry = Make(result);
  EXPECT_FALSE(entry.has_runner_up_margin());
  EXPECT_EQ(FromProto(entry.configuration()), Block(1));
}

}  // namespace
}  // namespace attune
