#include "autotune/tuner/trial_queues.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <future>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

using Jobs = std::vector<std::pair<size_t, TrialJob>>;

Configuration Block(int64_t block) { return Configuration({{"block", block}}); }

// Blocks `first` to `last` for `queue`.
Jobs Blocks(size_t queue, int64_t first, int64_t last) {
  Jobs jobs;
  for (int64_t block = first; block <= last; ++block) {
    jobs.emplace_back(queue, TrialJob{.configuration = Block(block)});
  }
  return jobs;
}

std::vector<int64_t> BlocksOf(const std::vector<Configuration>& configurations) {
  std::vector<int64_t> blocks;
  for (const Configuration& each : configurations) blocks.push_back(each.Get("block"));
  return blocks;
}

// The block that the bench of `queue` tries next; 0 if none.
int64_t NextBlock(TrialQueues& queues, size_t queue) {
  const auto turn = queues.TryNext(queue);
  return turn.has_value() ? turn->job.configuration.Get("block") : 0;
}

Trial TrialOf(double wait_seconds, double turn_seconds) {
  Trial trial;
  trial.set_wait_seconds(wait_seconds);
  trial.set_turn_seconds(turn_seconds);
  return trial;
}

TEST(TrialQueuesTest, WhatIsAddedAtOnceIsAnnouncedWithTheFirst) {
  TrialQueues queues(2, 1);
  queues.Add(Blocks(0, 1, 3));
  auto turn = queues.TryNext(0);
  ASSERT_TRUE(turn.has_value());
  EXPECT_EQ(turn->job.configuration, Block(1));
  EXPECT_THAT(BlocksOf(turn->announced), ElementsAre(1, 2, 3));
  queues.Add(Blocks(0, 4, 4));
  turn = queues.TryNext(0);
  ASSERT_TRUE(turn.has_value());
  EXPECT_EQ(turn->job.configuration, Block(2));
  EXPECT_THAT(BlocksOf(turn->announced), ElementsAre(4));
}

TEST(TrialQueuesTest, TakesOverHalfOfWhatAnotherComesToLast) {
  TrialQueues queues(2, 1);
  queues.Note(0, TrialOf(0, 0.2));
  queues.Add(Blocks(0, 1, 5));
  EXPECT_EQ(NextBlock(queues, 0), 1);
  // Of 2 to 5 the last two.
  const auto turn = queues.TryNext(1);
  ASSERT_TRUE(turn.has_value());
  EXPECT_THAT(BlocksOf(turn->announced), ElementsAre(4, 5));
  EXPECT_EQ(NextBlock(queues, 0), 2);
  EXPECT_EQ(NextBlock(queues, 1), 5);
  EXPECT_EQ(NextBlock(queues, 1), 3);
  EXPECT_EQ(NextBlock(queues, 0), 0);
  EXPECT_EQ(NextBlock(queues, 1), 0);
}

TEST(TrialQueuesTest, WhatABenchThatWaitsForItsCompilersHasBegunStaysThere) {
  TrialQueues queues(2, 3);
  queues.Add(Blocks(0, 1, 4));
  EXPECT_EQ(NextBlock(queues, 0), 1);
  // Nothing has been compiled yet: 2 to 4 are on their way.
  EXPECT_EQ(NextBlock(queues, 1), 0);
  queues.Note(0, TrialOf(0.3, 0.5));
  EXPECT_EQ(NextBlock(queues, 1), 0);
  queues.Note(0, TrialOf(0, 0.2));
  EXPECT_EQ(NextBlock(queues, 1), 3);
}

TEST(TrialQueuesTest, WhatIsDroppedGetsNoTrialAndClosingEndsTheWaiting) {
  TrialQueues queues(2, 1);
  Jobs jobs = Blocks(1, 1, 1);
  std::future<std::optional<Trial>> trial = jobs[0].second.trial.get_future();
  queues.Add(std::move(jobs));
  queues.Drop();
  EXPECT_EQ(trial.get(), std::nullopt);
  bool ended = false;
  std::thread waiting([&] { ended = !queues.Next(0).has_value(); });
  queues.Close();
  waiting.join();
  EXPECT_TRUE(ended);
}

TEST(TrialQueuesTest, AfterAFailureThereAreNoTurnsAndWhatIsAddedIsDropped) {
  TrialQueues queues(2, 1);
  EXPECT_EQ(queues.status(), absl::OkStatus());
  queues.Add(Blocks(0, 1, 2));
  queues.Fail(absl::UnavailableError("the first"));
  queues.Fail(absl::UnavailableError("the second"));
  Jobs jobs = Blocks(1, 3, 3);
  std::future<std::optional<Trial>> trial = jobs[0].second.trial.get_future();
  queues.Add(std::move(jobs));
  EXPECT_EQ(trial.get(), std::nullopt);
  EXPECT_FALSE(queues.Next(0).has_value());
  EXPECT_FALSE(queues.Next(1).has_value());
  EXPECT_EQ(queues.status().message(), "the first");
}

// What a search of several devices comes to, on clocks of their own: each device has compilers,
// which work through what was announced, and finds in the cache what any device has compiled.
class Simulation {
 public:
  struct Device {
    // How many times longer than others it takes.
    double slowness = 1;
    double free_at = 0;
    // What its last trial is noted as, once it has ended.
    Trial last = {};
    std::vector<double> compilers;
    std::map<Configuration, double> ready_at = {};
    std::vector<int64_t> tried = {};
  };

  Simulation(std::vector<Device> devices, double compile_seconds)
      : devices_(std::move(devices)), compile_seconds_(compile_seconds) {}

  // Each of `seconds` is a trial's, compilation aside; blocks are numbered from 0, and dealt out in
  // turns. The time at which all have been tried.
  double Run(const std::vector<double>& seconds) {
    const size_t compiling = devices_[0].compilers.size();
    TrialQueues queues(devices_.size(), compiling);
    Jobs jobs;
    for (size_t i = 0; i < seconds.size(); ++i) {
      jobs.emplace_back(i % devices_.size(),
                        TrialJob{.configuration = Block(static_cast<int64_t>(i))});
    }
    queues.Add(std::move(jobs));
    double end = 0;
    for (size_t tried = 0; tried < seconds.size();) {
      const size_t next = Soonest();
      Device& device = devices_[next];
      if (device.last.turn_seconds() > 0) queues.Note(next, std::exchange(device.last, Trial()));
      const auto turn = queues.TryNext(next);
      if (!turn.has_value()) {
        // Until another one has ended a trial.
        device.free_at = SoonestAfter(device.free_at);
        continue;
      }
      for (const Configuration& each : turn->announced) Compile(each, device);
      const int64_t block = turn->job.configuration.Get("block");
      const double ready_at = device.ready_at.at(turn->job.configuration);
      const double wait = std::max(0.0, ready_at - device.free_at);
      const double turn_seconds = wait + device.slowness * seconds[static_cast<size_t>(block)];
      device.last = TrialOf(wait, turn_seconds);
      device.free_at += turn_seconds;
      device.tried.push_back(block);
      end = std::max(end, device.free_at);
      ++tried;
    }
    return end;
  }

  const std::vector<Device>& devices() const { return devices_; }
  int compilations() const { return compilations_; }

 private:
  size_t Soonest() const {
    const auto soonest =
        std::min_element(devices_.begin(), devices_.end(),
                         [](const auto& a, const auto& b) { return a.free_at < b.free_at; });
    return static_cast<size_t>(soonest - devices_.begin());
  }

  double SoonestAfter(double time) const {
    double soonest = std::numeric_limits<double>::infinity();
    for (const Device& device : devices_) {
      if (device.free_at > time) soonest = std::min(soonest, device.free_at);
    }
    return soonest;
  }

  void Compile(const Configuration& configuration, Device& device) {
    double& compiler = *std::min_element(device.compilers.begin(), device.compilers.end());
    const double start = std::max(compiler, device.free_at);
    const auto cached = cached_at_.find(configuration);
    if (cached != cached_at_.end() && cached->second <= start) {
      device.ready_at[configuration] = start;
      return;
    }
    compiler = start + compile_seconds_;
    device.ready_at[configuration] = compiler;
    ++compilations_;
    const auto first = cached_at_.emplace(configuration, compiler).first;
    first->second = std::min(first->second, compiler);
  }

  std::vector<Device> devices_;
  const double compile_seconds_;
  std::map<Configuration, double> cached_at_;
  int compilations_ = 0;
};

Simulation::Device DeviceWith(size_t compilers, double slowness = 1) {
  return {.slowness = slowness, .compilers = std::vector<double>(compilers, 0.0)};
}

// As many trials as hopper_forward has, of `least` to twice as many seconds.
std::vector<double> TrialSeconds(double least) {
  constexpr uint64_t kSeed = 3;
  std::mt19937_64 generator(kSeed);
  std::vector<double> seconds(332);
  for (double& each : seconds) each = least * (1 + static_cast<double>(generator() % 1000) / 999);
  return seconds;
}

constexpr size_t kProcessors = 32;
constexpr double kCompileSeconds = 1.7;

TEST(TrialQueuesTest, WhereGpuTimeBindsTwoDevicesTakeHalfTheTimeOfOne) {
  // Opening, side by side, and the final, on one device.
  constexpr double kOpenAndFinal = 6;
  const std::vector<double> seconds = TrialSeconds(0.14);
  const double one = Simulation({DeviceWith(kProcessors)}, kCompileSeconds).Run(seconds);
  const double two =
      Simulation({DeviceWith(kProcessors / 2), DeviceWith(kProcessors / 2)}, kCompileSeconds)
          .Run(seconds);
  EXPECT_GT(one, 65);
  EXPECT_LE(two + kOpenAndFinal, 0.56 * (one + kOpenAndFinal)) << one << " and " << two << " s";
}

TEST(TrialQueuesTest, ASlowerDeviceDoesNotDecideWhenAllAreThrough) {
  const std::vector<double> seconds = TrialSeconds(0.14);
  Simulation simulation({DeviceWith(kProcessors / 2), DeviceWith(kProcessors / 2, 1.5)},
                        kCompileSeconds);
  const double end = simulation.Run(seconds);
  // All work, at the speed of both.
  const double all = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  EXPECT_LE(end, kCompileSeconds + all / (1 + 1 / 1.5) + 0.6);
  // What the faster one took over had been compiled.
  EXPECT_EQ(simulation.compilations(), 332);
  std::multiset<int64_t> tried;
  for (const auto& device : simulation.devices()) {
    tried.insert(device.tried.begin(), device.tried.end());
  }
  EXPECT_EQ(tried.size(), 332u);
  EXPECT_EQ(std::set<int64_t>(tried.begin(), tried.end()).size(), 332u);
}

TEST(TrialQueuesTest, WhereCompilersBindNothingIsCompiledTwice) {
  const std::vector<double> seconds = TrialSeconds(0.01);
  Simulation simulation({DeviceWith(kProcessors / 2), DeviceWith(kProcessors / 2, 1.5)},
                        kCompileSeconds);
  const double end = simulation.Run(seconds);
  EXPECT_EQ(simulation.compilations(), 332);
  const double rounds = std::ceil(332.0 / kProcessors);
  EXPECT_LE(end, kCompileSeconds * rounds + 0.7);
}

}  // namespace
}  // namespace attune
