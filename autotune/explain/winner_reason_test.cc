#include "autotune/explain/winner_reason.h"

#include "autotune/space/stored_configuration.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

ConfigurationProto Tile(int64_t value) { return ToProto(Configuration({{"tile", value}})); }

// An entry won by tile 2; the default is tile 1.
CacheEntry Entry() {
  CacheEntry entry;
  *entry.mutable_configuration() = Tile(2);
  *entry.mutable_default_configuration() = Tile(1);
  entry.set_significance(0.05);
  return entry;
}

void AddFinalist(CacheEntry& entry, int64_t tile, double nanoseconds, double p_value, bool tied) {
  FinalistProto* finalist = entry.add_finalist();
  *finalist->mutable_configuration() = Tile(tile);
  for (int i = 0; i < 3; ++i) finalist->add_nanoseconds(nanoseconds + i);
  finalist->set_p_value(p_value);
  finalist->set_is_fastest(p_value == 1);
  if (tied) *entry.add_tied() = Tile(tile);
}

TEST(WinnerReasonTest, AnEntryWithoutItsFinalSaysSo) {
  EXPECT_EQ(WhyItWon(Entry()).rule, WinningRule::kNotRecorded);
}

TEST(WinnerReasonTest, AnOnlyFinalistWonAlone) {
  CacheEntry entry = Entry();
  AddFinalist(entry, 2, 100, 1, true);
  EXPECT_EQ(WhyItWon(entry).rule, WinningRule::kAlone);
}

TEST(WinnerReasonTest, BeyondTheNoiseTheFastestWins) {
  CacheEntry entry = Entry();
  AddFinalist(entry, 1, 200, 1e-6, false);
  AddFinalist(entry, 2, 100, 1, true);
  AddFinalist(entry, 3, 150, 1e-4, false);
  const WinnerReason reason = WhyItWon(entry);
  EXPECT_EQ(reason.rule, WinningRule::kFastest);
  EXPECT_THAT(reason.text, HasSubstr("all 2 other finalists are slower"));
  EXPECT_THAT(reason.text, HasSubstr("level 0.025 (0.05 over 2 comparisons)"));
  EXPECT_THAT(reason.text, HasSubstr("p = 0.0001 at most"));
}

TEST(WinnerReasonTest, InsideTheNoiseTheDefaultStays) {
  CacheEntry entry = Entry();
  *entry.mutable_default_configuration() = Tile(2);
  *entry.mutable_incumbent() = Tile(2);
  AddFinalist(entry, 2, 102, 0.3, true);
  AddFinalist(entry, 3, 100, 1, true);
  const WinnerReason reason = WhyItWon(entry);
  EXPECT_EQ(reason.rule, WinningRule::kIncumbent);
  EXPECT_THAT(reason.text, HasSubstr("2 of 2 finalists cannot be told from the fastest"));
  EXPECT_THAT(reason.text, HasSubstr("takes 1.94 % less in the median round, p = 0.3"));
  EXPECT_THAT(reason.text, HasSubstr("the default stays"));
  *entry.mutable_default_configuration() = Tile(1);
  EXPECT_THAT(WhyItWon(entry).text, HasSubstr("the earlier winner stays"));
}

TEST(WinnerReasonTest, AmongTheOthersResourcesDecide) {
  CacheEntry entry = Entry();
  AddFinalist(entry, 1, 200, 1e-6, false);
  AddFinalist(entry, 2, 100, 1, true);
  AddFinalist(entry, 3, 100, 0.5, true);
  const WinnerReason reason = WhyItWon(entry);
  EXPECT_EQ(reason.rule, WinningRule::kLeastResources);
  EXPECT_THAT(reason.text, HasSubstr("it is the fastest of them"));
  EXPECT_THAT(reason.text, HasSubstr("Of the tied it uses the least resources"));
  entry.set_equivalence(0.005);
  EXPECT_THAT(WhyItWon(entry).text,
              HasSubstr("Of the tied that took no more than 0.5 % longer it"));
}

TEST(WinnerReasonTest, EveryRuleHasAName) {
  EXPECT_EQ(WinningRuleName(WinningRule::kIncumbent), "incumbent");
  EXPECT_EQ(WinningRuleName(WinningRule::kLeastResources), "least_resources");
}

}  // namespace
}  // namespace attune
