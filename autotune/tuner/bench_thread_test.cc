#include "autotune/tuner/bench_thread.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <future>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "autotune/tuner/fake_bench.h"
#include "autotune/tuner/trial_queues.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// No block that is tried.
constexpr int64_t kReference = 1000;

class BenchThreadTest : public ::testing::Test {
 protected:
  ~BenchThreadTest() override { Stop(); }

  void Start(size_t queue, int trials_per_reference = 16) {
    threads_.push_back(std::make_unique<BenchThread>(benches_[queue], queues_, queue,
                                                     Block(kReference), trials_per_reference));
  }
  // Returns once the trials in flight have ended.
  void Stop() {
    queues_.Close();
    threads_.clear();
  }
  // At once.
  void Add(size_t queue, int64_t first, int64_t last) {
    std::vector<std::pair<size_t, TrialJob>> jobs;
    for (int64_t block = first; block <= last; ++block) {
      jobs.emplace_back(queue, TrialJob{.configuration = Block(block)});
      trials_[block] = jobs.back().second.trial.get_future();
    }
    queues_.Add(std::move(jobs));
  }
  // That the bench of `queue` is not known to wait for its compilers: others may take all over.
  void NoteBusy(size_t queue) {
    Trial trial;
    trial.set_turn_seconds(1);
    queues_.Note(queue, trial);
  }
  // What became of `block`: nullopt if it was dropped. A test whose trial never comes fails instead
  // of standing still.
  std::optional<Trial> TrialOf(int64_t block) {
    std::future<std::optional<Trial>>& trial = trials_.at(block);
    if (trial.wait_for(std::chrono::seconds(20)) == std::future_status::ready) return trial.get();
    ADD_FAILURE() << "block " << block << " is lost";
    return std::nullopt;
  }

  TrialQueues queues_ = TrialQueues(3, 3);
  std::array<FakeBench, 3> benches_;
  std::map<int64_t, std::future<std::optional<Trial>>> trials_;
  std::vector<std::unique_ptr<BenchThread>> threads_;
};

TEST_F(BenchThreadTest, WhoRunsDryTakesOverHalfOfWhatWaitsForAnother) {
  std::latch begun(1);
  std::latch end(1);
  benches_[0].on_try = [&](int64_t) {
    begun.count_down();
    end.wait();
  };
  NoteBusy(0);
  Add(0, 1, 9);
  Start(0);
  begun.wait();
  Start(1);
  for (int64_t block = 2; block <= 9; ++block) EXPECT_TRUE(TrialOf(block).has_value());
  end.count_down();
  EXPECT_TRUE(TrialOf(1).has_value());
  Stop();
  EXPECT_THAT(benches_[0].tried, ElementsAre(1));
  // Half of eight, of the four left, of two, and the last.
  EXPECT_THAT(benches_[1].tried, ElementsAre(6, 7, 8, 9, 4, 5, 3, 2));
  // The reference beside the first trial.
  EXPECT_THAT(benches_[1].announced, ElementsAre(6, kReference, 7, 8, 9, 4, 5, 3, 2));
}

TEST_F(BenchThreadTest, WhatATrialSaysOfItsWaitingDecidesWhatOthersMayTakeOver) {
  std::latch begun(1);
  std::latch end(1);
  benches_[0].on_try = [&](int64_t block) {
    if (block != 2) return;
    begun.count_down();
    end.wait();
  };
  // Or it would take over the second as well where it comes before the first bench.
  benches_[1].on_try = [&](int64_t) { begun.wait(); };
  // Whose bench has tried nothing yet: the three that it compiles at a time are its own.
  Add(0, 1, 3);
  Start(1);
  Start(0);
  EXPECT_TRUE(TrialOf(1).has_value());
  // It did not wait for its compilers.
  EXPECT_TRUE(TrialOf(3).has_value());
  end.count_down();
  EXPECT_TRUE(TrialOf(2).has_value());
  Stop();
  EXPECT_THAT(benches_[0].tried, ElementsAre(1, 2));
  EXPECT_THAT(benches_[1].tried, ElementsAre(3));
}

TEST_F(BenchThreadTest, NothingIsTriedTwiceOrLost) {
  constexpr uint64_t kSeed = 17;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  std::mt19937_64 generator(kSeed);
  for (size_t queue = 0; queue < benches_.size(); ++queue) Start(queue);
  constexpr int64_t kBlocks = 400;
  for (int64_t first = 1; first <= kBlocks;) {
    const int64_t last = std::min(kBlocks, first + static_cast<int64_t>(generator() % 20));
    Add(generator() % benches_.size(), first, last);
    first = last + 1;
  }
  for (int64_t block = 1; block <= kBlocks; ++block) {
    const std::optional<Trial> trial = TrialOf(block);
    ASSERT_TRUE(trial.has_value()) << block;
    EXPECT_EQ(trial->configuration().entry(0).value(), block);
    EXPECT_THAT(trial->nanoseconds(), Each(block));
  }
  Stop();
  std::vector<int64_t> tried;
  for (const FakeBench& bench : benches_) {
    tried.insert(tried.end(), bench.tried.begin(), bench.tried.end());
  }
  std::sort(tried.begin(), tried.end());
  EXPECT_THAT(tried, SizeIs(kBlocks));
  EXPECT_EQ(std::adjacent_find(tried.begin(), tried.end()), tried.end());
}

TEST_F(BenchThreadTest, ATrialThatFailsIsReportedAndTheNextOneIsMade) {
  benches_[0].crashes = {{2, "illegal address"}};
  Add(0, 1, 3);
  Start(0);
  const std::optional<Trial> failed = TrialOf(2);
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->outcome(), Trial::CRASH);
  EXPECT_EQ(failed->message(), "illegal address");
  EXPECT_THAT(failed->nanoseconds(), IsEmpty());
  for (const int64_t block : {1, 3}) {
    const std::optional<Trial> trial = TrialOf(block);
    ASSERT_TRUE(trial.has_value());
    EXPECT_EQ(trial->outcome(), Trial::OK);
  }
}

TEST_F(BenchThreadTest, ABenchThatIsLostEndsAllOfThemAndItsTrialIsNone) {
  std::latch begun(1);
  std::latch end(1);
  benches_[0].lost_at = 2;
  benches_[1].on_try = [&](int64_t) {
    begun.count_down();
    end.wait();
  };
  Add(1, 11, 12);
  Start(1);
  begun.wait();
  Add(0, 1, 3);
  Start(0);
  EXPECT_TRUE(TrialOf(1).has_value());
  EXPECT_FALSE(TrialOf(2).has_value());
  EXPECT_EQ(queues_.status().message(), "the device is gone");
  end.count_down();
  // In flight on a bench that is well.
  EXPECT_TRUE(TrialOf(11).has_value());
  for (const int64_t block : {3, 12}) EXPECT_FALSE(TrialOf(block).has_value()) << block;
  Add(1, 13, 13);
  EXPECT_FALSE(TrialOf(13).has_value());
}

TEST_F(BenchThreadTest, AReferenceThatFailsIsTimedNoMoreAndItsTimesAreForgotten) {
  FakeBench& bench = benches_[0];
  bench.on_try = [&](int64_t block) {
    if (block == 3) bench.reference_status = absl::InternalError("illegal address");
  };
  Add(0, 1, 8);
  // Before the second trial, and would be before the fourth, the sixth and the eighth.
  Start(0, /*trials_per_reference=*/2);
  for (int64_t block = 1; block <= 8; ++block) {
    const std::optional<Trial> trial = TrialOf(block);
    ASSERT_TRUE(trial.has_value());
    EXPECT_EQ(trial->outcome(), Trial::OK);
    const bool known = block == 2 || block == 3;
    EXPECT_THAT(trial->reference_nanoseconds(), SizeIs(known ? 7 : 0)) << block;
    EXPECT_THAT(trial->reference_nanoseconds(), Each(kReference));
  }
  Stop();
  EXPECT_EQ(bench.references, 2);
}

TEST_F(BenchThreadTest, WhenTheQueuesCloseTheTrialInFlightIsKeptAndNoOtherBegins) {
  std::latch begun(1);
  std::latch end(1);
  benches_[0].on_try = [&](int64_t) {
    begun.count_down();
    end.wait();
  };
  Add(0, 1, 3);
  Start(0);
  // Waits for work until the end.
  Start(1);
  begun.wait();
  queues_.Close();
  end.count_down();
  EXPECT_TRUE(TrialOf(1).has_value());
  EXPECT_FALSE(TrialOf(2).has_value());
  EXPECT_FALSE(TrialOf(3).has_value());
  Stop();
  EXPECT_THAT(benches_[0].tried, ElementsAre(1));
  EXPECT_THAT(benches_[1].tried, IsEmpty());
}

}  // namespace
}  // namespace attune
