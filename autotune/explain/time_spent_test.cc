#include "autotune/explain/time_spent.h"

#include "autotune/space/stored_configuration.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

Trial MakeTrial(int64_t tile, const std::string& device, double at_seconds) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(Configuration({{"tile", tile}}));
  trial.set_device(device);
  trial.set_unix_microseconds(static_cast<int64_t>(1e6 * at_seconds));
  trial.set_prepare_seconds(4);
  trial.set_turn_seconds(2);
  trial.set_wait_seconds(1);
  trial.set_verify_seconds(0.5);
  trial.set_sample_seconds(0.25);
  trial.set_reference_seconds(0.125);
  return trial;
}

// A tune from second 100 to second 110.
TrialHistory History() {
  TrialHistory history;
  history.finished.emplace();
  history.finished->set_unix_microseconds(110'000'000);
  history.finished->set_open_seconds(1);
  history.finished->set_search_seconds(8);
  history.finished->set_final_seconds(1);
  history.trials = {MakeTrial(1, "cuda:0", 50), MakeTrial(2, "cuda:0", 103),
                    MakeTrial(3, "cuda:1", 104), MakeTrial(4, "cuda:0", 106)};
  return history;
}

TEST(TimeSpentTest, SecondsOfTheLastTuneAddUpToItsSearch) {
  const auto spent = TimeSpentIn(History());
  ASSERT_TRUE(spent.has_value());
  EXPECT_EQ(spent->open, 1);
  EXPECT_EQ(spent->final, 1);
  EXPECT_EQ(spent->compiling, 12);
  ASSERT_EQ(spent->devices.size(), 2u);
  const DeviceSeconds& first = spent->devices[0];
  EXPECT_EQ(first.device, "cuda:0");
  EXPECT_EQ(first.trials, 2);
  EXPECT_EQ(first.waiting, 2);
  EXPECT_EQ(first.verifying, 1);
  EXPECT_EQ(first.sampling, 0.5);
  EXPECT_EQ(first.reference, 0.25);
  EXPECT_EQ(first.other, 0.5);
  EXPECT_EQ(first.idle, 3.75);
  EXPECT_EQ(spent->devices[1].idle, 5.875);
}

TEST(TimeSpentTest, LogsThatDoNotSayHaveNone) {
  EXPECT_FALSE(TimeSpentIn({}).has_value());
  TrialHistory history = History();
  history.finished->set_search_seconds(0);
  EXPECT_FALSE(TimeSpentIn(history).has_value());
}

}  // namespace
}  // namespace attune
