#include "autotune/cli/explain_report.h"

#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/space/stored_configuration.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Explanation Make() {
  TrialHistory history;
  history.header.mutable_key()->set_family("tile");
  history.header.set_space_size(40);
  history.header.set_admitted(30);
  ConstraintCount* count = history.header.add_constraint();
  count->set_name("fits");
  count->set_removed(10);
  history.paths = {"tile.log"};
  for (int64_t a = 0; a < 4; ++a) {
    for (int64_t b = 0; b < 4; ++b) {
      Trial& trial = history.trials.emplace_back();
      *trial.mutable_configuration() = ToProto(Configuration({{"a", a}, {"b", b}, {"c", 5}}));
      trial.set_outcome(Trial::OK);
      for (int i = 0; i < 7; ++i) trial.add_nanoseconds(1000 * static_cast<double>(1 + a) + i);
      (*trial.mutable_resources())["registers"] = 40 + a;
    }
  }
  history.trials[15].set_outcome(Trial::COMPILE_ERROR);
  history.trials[15].set_message("too much\nof everything");
  for (Trial& trial : history.trials) {
    trial.set_device("cuda:0");
    trial.set_unix_microseconds(9'000'000);
    trial.set_turn_seconds(0.25);
    trial.set_wait_seconds(0.125);
  }
  history.finished.emplace();
  history.finished->set_unix_microseconds(10'000'000);
  history.finished->set_search_seconds(5);
  history.finished->set_final_seconds(0.5);
  CacheEntry entry;
  entry.mutable_key()->set_family("tile");
  *entry.mutable_configuration() = history.trials[0].configuration();
  return Explain(&entry, &history, 3);
}

TEST(ExplainReportTest, SaysAllSixThings) {
  const std::string text = FormatExplanation(Make());
  EXPECT_THAT(
      text, AllOf(HasSubstr("of 40 combinations 30 are admitted"),
                  HasSubstr("fits             10  25.0 %"), HasSubstr("16 tried, 15 ran, 1 failed"),
                  HasSubstr("1 x COMPILE_ERROR: too much\n    for example a=3,b=3,c=5")));
  EXPECT_THAT(
      text, AllOf(HasSubstr("registers"), HasSubstr("1.00 us to 1.01 us"), HasSubstr("winner"),
                  HasSubstr("all: a=0,c=5"), HasSubstr("never varied: c"), HasSubstr("3: +299.1 %"),
                  HasSubstr("does not record its final")));
  EXPECT_THAT(text, AllOf(HasSubstr("5.50 s in all: opening 0.00 s, search 5.00 s, final 0.50 s"),
                          HasSubstr("cuda:0         16     2.00 s")));
  EXPECT_THAT(text, Not(HasSubstr("of everything")));
}

TEST(ExplainReportTest, WithoutALogTheReasonRemains) {
  CacheEntry entry;
  entry.mutable_key()->set_family("tile");
  const std::string text = FormatExplanation(Explain(&entry, nullptr, 20));
  EXPECT_THAT(text, AllOf(HasSubstr("no trial log"), HasSubstr("== Why it won =="),
                          Not(HasSubstr("== Tried =="))));
}

TEST(ExplainReportTest, JsonHoldsTheSame) {
  const Json json = ToJson(Make());
  EXPECT_EQ(json.at("space").at("removed").at(0).at("count"), 10);
  EXPECT_EQ(json.at("ran"), 15);
  EXPECT_EQ(json.at("failures").at(0).at("outcome"), "COMPILE_ERROR");
  EXPECT_EQ(json.at("best").size(), 3u);
  EXPECT_EQ(json.at("best").at(0).at("resources").at("registers"), 40);
  EXPECT_EQ(json.at("importance").at("parameters").at(0).at("name"), "a");
  EXPECT_EQ(json.at("seconds").at("devices").at(0).at("idle"), 1);
  EXPECT_EQ(json.at("winner").at("rule"), "not_recorded");
}

}  // namespace
}  // namespace attune
