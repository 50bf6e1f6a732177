#include "autotune/tuner/trial_search.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <latch>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/tuner/fake_bench.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

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

// Gives benches the time to begin with the first before the last has been asked for.
class SlowSearcher : public CountingSearcher {
 public:
  using CountingSearcher::CountingSearcher;
  std::optional<Configuration> Ask() override {
    absl::SleepFor(absl::Milliseconds(1));
    return CountingSearcher::Ask();
  }
};

// But for the reference, Block(1), where it is announced to be timed and not to be tried.
std::vector<int64_t> AnnouncedToBeTried(const FakeBench& bench) {
  std::vector<int64_t> announced = bench.announced;
  if (std::count(bench.tried.begin(), bench.tried.end(), 1) == 0) std::erase(announced, 1);
  return announced;
}

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
    options_.ahead = 40;
    // They keep pace: neither is through with its own before the other has begun its last.
    std::latch last(2);
    FakeBench a;
    FakeBench b;
    for (FakeBench* const bench : {&a, &b}) {
      bench->on_try = [bench, &last](int64_t) {
        if (bench->tried.size() == 19) last.arrive_and_wait();
      };
    }
    CountingSearcher searcher(40);
    const std::vector<Trial> trials = Run({&a, &b}, searcher);
    EXPECT_THAT(trials, SizeIs(40));
    EXPECT_THAT(a.tried, SizeIs(20));
    EXPECT_THAT(b.tried, SizeIs(20));
    EXPECT_EQ(AnnouncedToBeTried(a), a.tried);
    if (repeat == 0) first = a.tried;
    EXPECT_EQ(a.tried, first);
    // In the order in which it asked, whoever was done first.
    EXPECT_TRUE(std::is_sorted(searcher.told.begin(), searcher.told.end()));
  }
}

TEST_F(TrialSearchTest, WhoIsThroughTakesOverWhatWaitsForAnother) {
  options_.ahead = 40;
  FakeBench quick;
  FakeBench stuck;
  // The other does not end its first trial before this one has tried all else.
  std::latch tried_the_rest(1);
  quick.on_try = [&](int64_t) {
    if (quick.tried.size() == 37) tried_the_rest.count_down();
  };
  stuck.on_try = [&](int64_t) { tried_the_rest.wait(); };
  CountingSearcher searcher(40);
  EXPECT_THAT(Run({&quick, &stuck}, searcher), SizeIs(40));
  // All but what is in flight there, and what is being compiled for it.
  ASSERT_THAT(quick.tried, SizeIs(Ge(38)));
  // First its own, in order, then the other's, each once.
  EXPECT_TRUE(std::is_sorted(quick.tried.begin(), quick.tried.begin() + 20));
  EXPECT_EQ(AnnouncedToBeTried(quick), quick.tried);
  std::set<int64_t> tried(quick.tried.begin(), quick.tried.end());
  tried.insert(stuck.tried.begin(), stuck.tried.end());
  EXPECT_THAT(tried, SizeIs(40));
  EXPECT_EQ(quick.tried.size() + stuck.tried.size(), 40u);
  std::vector<int64_t> asked(40);
  std::iota(asked.begin(), asked.end(), 1);
  EXPECT_EQ(searcher.told, asked);
}

TEST_F(TrialSearchTest, AllThatIsAskedForAtOnceIsCompiledBesideTheFirstTrial) {
  options_.ahead = 30;
  FakeBench a;
  FakeBench b;
  // Neither tries what is the other's.
  std::latch first(2);
  std::atomic<size_t> announced_at_first = 0;
  for (FakeBench* const bench : {&a, &b}) {
    bench->on_try = [&, bench](int64_t) {
      if (!bench->tried.empty()) return;
      announced_at_first += bench->announced.size();
      first.arrive_and_wait();
    };
  }
  SlowSearcher searcher(40);
  Run({&a, &b}, searcher);
  // And the reference on the bench that does not try it.
  EXPECT_EQ(announced_at_first, 31u);
}

TEST_F(TrialSearchTest, WhatASlowerDeviceMeasuresIsDividedByItsDrift) {
  options_.ahead = 4;
  FakeBench fast;
  FakeBench slow(1.25);
  // Or one of them may have tried all before the other's thread runs.
  std::barrier round(2);
  for (FakeBench* const bench : {&fast, &slow}) {
    bench->on_try = [bench, &round](int64_t) {
      if (bench->tried.size() < 3) round.arrive_and_wait();
    };
  }
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

TEST_F(TrialSearchTest, TheReferenceIsCompiledBesideTheFirstTrialOfEachBench) {
  options_.ahead = 40;
  FakeBench home;
  FakeBench other;
  std::latch first(2);
  for (FakeBench* const bench : {&home, &other}) {
    bench->on_try = [bench, &first](int64_t) {
      if (bench->tried.empty()) first.arrive_and_wait();
    };
  }
  CountingSearcher searcher(40);
  Run({&home, &other}, searcher);
  if (home.tried.front() != 1) std::swap(home.announced, other.announced);
  // On one it is the first trial, on the other it is behind that.
  EXPECT_THAT(std::count(home.announced.begin(), home.announced.end(), 1), 1);
  EXPECT_THAT(std::count(other.announced.begin(), other.announced.end(), 1), 1);
  EXPECT_EQ(home.announced[0], 1);
  EXPECT_EQ(other.announced[1], 1);
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
  // A trial takes ten seconds of a clock of its own.
  std::atomic<int64_t> seconds = 0;
  options_.now = [&] { return absl::FromUnixSeconds(seconds); };
  options_.deadline = absl::FromUnixSeconds(30);
  FakeBench bench;
  bench.on_try = [&](int64_t) { seconds += 10; };
  CountingSearcher searcher(40);
  const std::vector<Trial> trials = Run({&bench}, searcher);
  // At the end of the fourth it is too late: three have made room for another then.
  EXPECT_THAT(trials, SizeIs(AllOf(Ge(4), Le(8 + 3))));
  ASSERT_EQ(trials.size(), bench.tried.size());
  for (size_t i = 0; i < trials.size(); ++i) EXPECT_EQ(BlockOf(trials[i]), bench.tried[i]);
}

TEST_F(TrialSearchTest, WhenABenchIsLostTheSearchEndsAndNothingIsSaidOfItsTrial) {
  options_.ahead = 4;
  FakeBench bench;
  bench.lost_at = 3;
  CountingSearcher searcher(40);
  TrialBench* const benches[] = {&bench};
  TrialSearch search(benches, searcher, {}, options_);
  search.Run();
  search.TryAlso({Block(9)});
  EXPECT_EQ(search.status().message(), "the device is gone");
  EXPECT_THAT(searcher.told, ElementsAre(1, 2));
  EXPECT_THAT(search.trials(), SizeIs(2));
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
