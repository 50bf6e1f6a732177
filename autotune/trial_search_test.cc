#include "autotune/trial_search.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/cache_entry.h"
#include "autotune/failed_trial.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Configuration Block(int64_t block) { return Configuration({{"block", block}}); }
int64_t BlockOf(const Trial& trial) { return FromProto(trial.configuration()).Get("block"); }

// Asks for blocks 1 to `count`, and keeps what it is told.
class CountingSearcher : public Searcher {
 public:
  explicit CountingSearcher(int64_t count) : count_(count) {}
  std::optional<Configuration> Ask() override {
    if (next_ > count_) return std::nullopt;
    return Block(next_++);
  }
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override {
    told.push_back(configuration.Get("block"));
    times.push_back(evaluation.nanoseconds.value_or(-1));
    if (told.back() == next_) ++next_;
  }

  std::vector<int64_t> told;
  std::vector<double> times;

 private:
  const int64_t count_;
  int64_t next_ = 1;
};

// A block of n takes n nanoseconds times `speed`.
class FakeBench : public TrialBench {
 public:
  explicit FakeBench(double speed = 1) : speed_(speed) {}
  void Announce(const Configuration& configuration) override {
    announced.push_back(configuration.Get("block"));
  }
  Trial Try(const Configuration& configuration, int) override {
    absl::SleepFor(takes);
    tried.push_back(configuration.Get("block"));
    Trial trial = FailedTrial(configuration, Trial::OK, "");
    for (int i = 0; i < 7; ++i) {
      trial.add_nanoseconds(speed_ * static_cast<double>(configuration.Get("block")));
    }
    return trial;
  }
  absl::StatusOr<std::vector<double>> Time(const Configuration& configuration, int count) override {
    ++references;
    return std::vector<double>(count, speed_ * static_cast<double>(configuration.Get("block")));
  }

  absl::Duration takes = absl::ZeroDuration();
  std::vector<int64_t> announced;
  std::vector<int64_t> tried;
  int references = 0;

 private:
  const double speed_;
};

class TrialSearchTest : public ::testing::Test {
 protected:
  TrialSearchTest() {
    options_.default_configuration = Block(1);
    for (int64_t block = 1; block <= 40; ++block) options_.admitted.push_back(Block(block));
  }
  std::vector<Trial> Run(const std::vector<TrialBench*>& benches, Searcher& searcher,
                         const std::vector<Trial>& earlier = {}) {
    TrialSearch search(benches, searcher, earlier, options_);
    search.Run();
    return search.trials();
  }

  SearchOptions options_;
};

TEST_F(TrialSearchTest, SeveralBenchesShareTheConfigurationsInTheSameWayEachTime) {
  std::vector<int64_t> first;
  for (int repeat = 0; repeat < 3; ++repeat) {
    options_.ahead = 8;
    FakeBench a;
    FakeBench b;
    CountingSearcher searcher(40);
    const std::vector<Trial> trials = Run({&a, &b}, searcher);
    EXPECT_THAT(trials, SizeIs(40));
    EXPECT_THAT(a.tried, SizeIs(20));
    EXPECT_THAT(b.tried, SizeIs(20));
    EXPECT_EQ(a.announced, a.tried);
    if (repeat == 0) first = a.tried;
    EXPECT_EQ(a.tried, first);
    // In the order in which it asked, whoever was done first.
    EXPECT_TRUE(std::is_sorted(searcher.told.begin(), searcher.told.end()));
  }
}

// A clock for each bench, for the compilers that they share, and for who asks and is told: what
// begins when is worked out from what it waits for, so that a search of a minute takes no time.
class Schedule {
 public:
  explicit Schedule(size_t compilers) : compilers_(compilers, 0) {}

  void Ask(const Configuration& configuration) {
    const std::lock_guard<std::mutex> lock(mutex_);
    double& compiler = *std::min_element(compilers_.begin(), compilers_.end());
    compiler = std::max(compiler, told_) + kCompileSeconds;
    compiled_[configuration] = compiler;
  }
  // From `free` on; gives when it ends.
  double Try(const Configuration& configuration, double free, double seconds) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return ended_[configuration] = std::max(free, compiled_.at(configuration)) + seconds;
  }
  void Tell(const Configuration& configuration) {
    const std::lock_guard<std::mutex> lock(mutex_);
    told_ = std::max(told_, ended_.at(configuration));
  }
  // When the last was told.
  double told() const { return told_; }

 private:
  static constexpr double kCompileSeconds = 2;

  std::mutex mutex_;
  std::vector<double> compilers_;
  std::map<Configuration, double> compiled_;
  std::map<Configuration, double> ended_;
  double told_ = 0;
};

class ScheduledSearcher : public CountingSearcher {
 public:
  ScheduledSearcher(int64_t count, Schedule& schedule)
      : CountingSearcher(count), schedule_(schedule) {}
  std::optional<Configuration> Ask() override {
    const std::optional<Configuration> next = CountingSearcher::Ask();
    if (next.has_value()) schedule_.Ask(*next);
    return next;
  }
  void Tell(const Configuration& configuration, const Evaluation& evaluation) override {
    schedule_.Tell(configuration);
    CountingSearcher::Tell(configuration, evaluation);
  }

 private:
  Schedule& schedule_;
};

// On a GPU whose trials take 0.2 to 0.4 s.
class ScheduledBench : public FakeBench {
 public:
  explicit ScheduledBench(Schedule& schedule) : schedule_(schedule) {}
  Trial Try(const Configuration& configuration, int max_samples) override {
    const int64_t block = configuration.Get("block");
    free_ = schedule_.Try(configuration, free_, 0.2 * (1 + static_cast<double>(block % 7) / 6));
    return FakeBench::Try(configuration, max_samples);
  }

 private:
  Schedule& schedule_;
  double free_ = 0;
};

TEST_F(TrialSearchTest, WhereGpuTimeBindsTwoDevicesTakeHalfTheTimeOfOne) {
  constexpr int64_t kConfigurations = 332;
  constexpr size_t kProcessors = 32;
  // Opening, side by side, and the final, on one device.
  constexpr double kOpenAndFinal = 3;
  options_.admitted.clear();
  for (int64_t block = 1; block <= kConfigurations; ++block) {
    options_.admitted.push_back(Block(block));
  }
  // As many as the tuner asks for ahead of what has been tried.
  options_.ahead = 4 * 2 * kProcessors;
  std::vector<double> seconds;
  for (const size_t devices : {1, 2}) {
    Schedule schedule(kProcessors);
    std::vector<std::unique_ptr<ScheduledBench>> benches;
    std::vector<TrialBench*> pointers;
    for (size_t i = 0; i < devices; ++i) {
      pointers.push_back(benches.emplace_back(std::make_unique<ScheduledBench>(schedule)).get());
    }
    ScheduledSearcher searcher(kConfigurations, schedule);
    EXPECT_THAT(Run(pointers, searcher), SizeIs(kConfigurations));
    seconds.push_back(kOpenAndFinal + schedule.told());
  }
  EXPECT_GT(seconds[0], 90);
  EXPECT_LE(seconds[1], 0.55 * seconds[0]) << seconds[0] << " s with one, " << seconds[1];
}

TEST_F(TrialSearchTest, WhatASlowerDeviceMeasuresIsDividedByItsDrift) {
  options_.ahead = 4;
  FakeBench fast;
  FakeBench slow(1.25);
  CountingSearcher searcher(40);
  Run({&fast, &slow}, searcher);
  ASSERT_THAT(slow.tried, SizeIs(Gt(2)));
  int compared = 0;
  for (size_t i = 0; i < searcher.told.size(); ++i) {
    const auto block = searcher.told[i];
    // The first trial of a bench has no reference yet.
    if (block == fast.tried.front() || block == slow.tried.front()) continue;
    const double ratio = searcher.times[i] / static_cast<double>(block);
    compared += ratio == searcher.times.back() / static_cast<double>(searcher.told.back());
  }
  EXPECT_EQ(compared, 38);
}

TEST_F(TrialSearchTest, TheReferenceIsTimedThroughoutTheSearch) {
  options_.trials_per_reference = 4;
  FakeBench bench;
  CountingSearcher searcher(10);
  const std::vector<Trial> trials = Run({&bench}, searcher);
  // Before the second, the sixth and the tenth trial.
  EXPECT_EQ(bench.references, 3);
  EXPECT_THAT(trials.front().reference_nanoseconds(), IsEmpty());
  EXPECT_THAT(trials.back().reference_nanoseconds(), SizeIs(7));
  EXPECT_EQ(trials.back().drift(), 1);
}

TEST_F(TrialSearchTest, WhatWasTriedEarlierIsToldAndNotTried) {
  FakeBench earlier_bench;
  CountingSearcher earlier_searcher(3);
  const std::vector<Trial> earlier = Run({&earlier_bench}, earlier_searcher);
  FakeBench bench;
  CountingSearcher searcher(5);
  options_.max_trials = 4;
  const std::vector<Trial> trials = Run({&bench}, searcher, earlier);
  EXPECT_THAT(bench.tried, ElementsAre(4));
  EXPECT_THAT(searcher.told, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(trials, SizeIs(4));
}

TEST_F(TrialSearchTest, OutOfTimeWhatRunsIsKeptAndWhatWaitsIsDropped) {
  options_.ahead = 8;
  options_.deadline = absl::Now() + absl::Milliseconds(30);
  FakeBench bench;
  bench.takes = absl::Milliseconds(10);
  CountingSearcher searcher(40);
  const std::vector<Trial> trials = Run({&bench}, searcher);
  EXPECT_LT(trials.size(), 40u);
  ASSERT_EQ(trials.size(), bench.tried.size());
  for (size_t i = 0; i < trials.size(); ++i) EXPECT_EQ(BlockOf(trials[i]), bench.tried[i]);
}

TEST_F(TrialSearchTest, WhatIsTriedBesidesIsNotTheStrategys) {
  options_.max_trials = 2;
  FakeBench bench;
  CountingSearcher searcher(40);
  TrialBench* const benches[] = {&bench};
  TrialSearch search(benches, searcher, {}, options_);
  search.Run();
  search.TryAlso({Block(2), Block(9)});
  EXPECT_THAT(bench.tried, ElementsAre(1, 2, 9));
  EXPECT_THAT(searcher.told, ElementsAre(1, 2));
  EXPECT_THAT(search.trials(), SizeIs(3));
}

}  // namespace
}  // namespace attune
