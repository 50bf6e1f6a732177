#include "autotune/tuner/final.h"

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Configuration Block(int64_t block) { return Configuration({{"block", block}}); }

// A block of n takes n nanoseconds, and fails from its `fails_at`-th sample on.
class FakeBench : public TrialBench {
 public:
  void Announce(const Configuration&) override {}
  absl::StatusOr<Trial> Try(const Configuration&, int) override { return Trial(); }
  absl::StatusOr<std::vector<double>> Time(const Configuration& configuration, int count) override {
    const int64_t block = configuration.Get("block");
    if (count == 0) {
      absl::SleepFor(ready_takes);
      return std::vector<double>();
    }
    order.push_back(block);
    const auto fails = fails_at.find(block);
    if (fails != fails_at.end() && ++taken_[block] >= fails->second) return failure;
    return std::vector<double>(count, static_cast<double>(block));
  }

  std::map<int64_t, int> fails_at;
  absl::Status failure = absl::InternalError("illegal address");
  absl::Duration ready_takes = absl::ZeroDuration();
  std::vector<int64_t> order;

 private:
  std::map<int64_t, int> taken_;
};

std::vector<Contestant> Contestants(const std::vector<int64_t>& blocks) {
  std::vector<Contestant> contestants;
  for (const int64_t block : blocks) contestants.push_back({Block(block), {{"registers", block}}});
  contestants.front().stays = true;
  return contestants;
}

std::vector<int64_t> Blocks(const std::vector<FinalistResult>& finalists) {
  std::vector<int64_t> blocks;
  for (const FinalistResult& each : finalists) blocks.push_back(each.configuration.Get("block"));
  return blocks;
}

TEST(FinalTest, RoundsInterleaveAndRotate) {
  FakeBench bench;
  const FinalResult result = RunFinal(bench, Contestants({1000, 1001, 1002}), {.rounds = 3});
  EXPECT_THAT(bench.order, ElementsAre(1000, 1001, 1002, 1001, 1002, 1000, 1002, 1000, 1001));
  EXPECT_THAT(Blocks(result.finalists), ElementsAre(1000, 1001, 1002));
  for (const FinalistResult& finalist : result.finalists) {
    EXPECT_THAT(finalist.rounds, SizeIs(3));
    EXPECT_EQ(finalist.resources.at("registers"), finalist.configuration.Get("block"));
  }
}

TEST(FinalTest, WhoIsSlowerInEveryOneOfTheFirstRoundsLeavesButForTheDefault) {
  FakeBench bench;
  const FinalResult result = RunFinal(bench, Contestants({2000, 1000, 1005, 1500}), {.rounds = 8});
  EXPECT_THAT(Blocks(result.finalists), ElementsAre(2000, 1000, 1005));
  ASSERT_THAT(Blocks(result.eliminated), ElementsAre(1500));
  EXPECT_THAT(result.eliminated.front().rounds, SizeIs(5));
  EXPECT_THAT(result.finalists.front().rounds, SizeIs(8));
}

TEST(FinalTest, AFailureLeavesTheOthersTheirRounds) {
  FakeBench bench;
  bench.fails_at = {{1001, 2}};
  bench.failure = absl::DeadlineExceededError("no answer in 10s");
  const FinalResult result = RunFinal(bench, Contestants({1000, 1001, 1002}), {.rounds = 4});
  EXPECT_THAT(Blocks(result.finalists), ElementsAre(1000, 1002));
  for (const FinalistResult& finalist : result.finalists) EXPECT_THAT(finalist.rounds, SizeIs(4));
  ASSERT_THAT(result.dropped, SizeIs(1));
  EXPECT_EQ(result.dropped.front().outcome(), Trial::TIMEOUT);
  EXPECT_EQ(result.dropped.front().message(), "in the final: no answer in 10s");
}

TEST(FinalTest, WhoWasEliminatedByOneThatThenFailsComesBack) {
  FakeBench bench;
  bench.fails_at = {{1000, 7}};
  const FinalResult result = RunFinal(bench, Contestants({2000, 1000, 1500}), {.rounds = 10});
  EXPECT_THAT(Blocks(result.finalists), ElementsAre(2000, 1500));
  for (const FinalistResult& finalist : result.finalists) EXPECT_THAT(finalist.rounds, SizeIs(10));
  EXPECT_THAT(result.eliminated, IsEmpty());
  EXPECT_EQ(result.dropped.front().outcome(), Trial::LAUNCH_ERROR);
}

TEST(FinalTest, ABenchThatIsLostEndsItAndIsHeldAgainstNobody) {
  FakeBench bench;
  bench.fails_at = {{1001, 5}};
  bench.failure = absl::UnavailableError("the device is gone");
  const FinalResult result = RunFinal(bench, Contestants({1000, 1001, 1002}), {.rounds = 9});
  EXPECT_EQ(result.lost.message(), "the device is gone");
  EXPECT_THAT(result.dropped, IsEmpty());
}

TEST(FinalTest, WithoutTimeTheFirstTwoRunOneRound) {
  FakeBench bench;
  bench.ready_takes = absl::Milliseconds(2);
  const FinalResult result = RunFinal(bench, Contestants({1000, 1001, 1002}),
                                      {.rounds = 100, .max_duration = absl::Milliseconds(1)});
  EXPECT_THAT(Blocks(result.finalists), ElementsAre(1000, 1001));
  EXPECT_THAT(result.finalists.front().rounds, ElementsAre(1000));
}

}  // namespace
}  // namespace attune
