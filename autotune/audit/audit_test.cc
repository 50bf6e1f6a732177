#include "autotune/audit/audit.h"

#include "autotune/space/stored_configuration.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Configuration Tile(int64_t tile) { return Configuration({{"tile", tile}}); }

std::vector<Configuration> Tiles(int64_t count) {
  std::vector<Configuration> tiles;
  for (int64_t tile = 0; tile < count; ++tile) tiles.push_back(Tile(tile));
  return tiles;
}

CacheEntry WonBy(int64_t tile) {
  CacheEntry entry;
  *entry.mutable_configuration() = ToProto(Tile(tile));
  *entry.mutable_default_configuration() = ToProto(Tile(1));
  *entry.add_tied() = ToProto(Tile(tile));
  return entry;
}

Trial MakeTrial(int64_t tile, double nanoseconds) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(Tile(tile));
  trial.set_outcome(nanoseconds > 0 ? Trial::OK : Trial::CRASH);
  if (nanoseconds > 0) trial.add_nanoseconds(nanoseconds);
  return trial;
}

TEST(AuditTest, RivalsAreDefaultTiedFastestAndRandom) {
  TrialHistory history;
  history.trials = {MakeTrial(4, 90), MakeTrial(5, 80), MakeTrial(6, 0)};
  const std::vector<Configuration> rivals = ChooseRivals(WonBy(2), &history, Tiles(8), 4, 1);
  ASSERT_THAT(rivals, SizeIs(4));
  EXPECT_EQ(rivals[0], Tile(1));
  EXPECT_EQ(rivals[1], Tile(5));
  EXPECT_THAT(rivals, Not(Contains(Tile(2))));
  const std::vector<Configuration> all = ChooseRivals(WonBy(2), &history, Tiles(8), 20, 1);
  EXPECT_THAT(all, SizeIs(6));
  EXPECT_THAT(all, Not(Contains(Tile(6))));
  EXPECT_THAT(ChooseRivals(WonBy(0), nullptr, Tiles(1), 4, 1), IsEmpty());
}

TEST(AuditTest, EveryoneRunsOnceARoundBeginningWithAnother) {
  std::vector<Configuration> order;
  const auto time_once = [&](const Configuration& runner) {
    order.push_back(runner);
    return 100.0 - static_cast<double>(runner.Get("tile"));
  };
  const auto result = Audit(Tile(0), {Tile(1), Tile(2)}, kMinRegretRounds, time_once);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_THAT(order, SizeIs(3 * kMinRegretRounds));
  order.resize(9);
  EXPECT_THAT(order, ElementsAre(Tile(0), Tile(1), Tile(2), Tile(1), Tile(2), Tile(0), Tile(2),
                                 Tile(0), Tile(1)));
  ASSERT_TRUE(result->regret.has_value());
  EXPECT_EQ(result->rivals[result->regret->rival], Tile(2));
  EXPECT_NEAR(result->regret->estimate, 100.0 / 98 - 1, 1e-12);
}

TEST(AuditTest, RivalsThatFailAreDroppedAndAWinnerThatFailsIsAnError) {
  int64_t fails = 1;
  const TimeOnce time_once = [&](const Configuration& runner) -> absl::StatusOr<double> {
    if (runner.Get("tile") == fails) return absl::InternalError("no");
    return 1.0;
  };
  const auto result = Audit(Tile(0), {Tile(1), Tile(2)}, kMinRegretRounds, time_once);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->rivals, ElementsAre(Tile(2)));
  EXPECT_THAT(result->dropped, ElementsAre("tile=1: no"));
  fails = 0;
  EXPECT_EQ(Audit(Tile(0), {Tile(1)}, kMinRegretRounds, time_once).status(),
            absl::InternalError("no"));
  EXPECT_FALSE(Audit(Tile(3), {}, kMinRegretRounds, time_once)->regret.has_value());
  EXPECT_FALSE(Audit(Tile(3), {}, kMinRegretRounds - 1, time_once).ok());
}

}  // namespace
}  // namespace attune
