#include "autotune/timing/sampler.h"

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// A device whose time passes only as launches and flushes say.
class FakeDevice : public Device {
 public:
  absl::Time now = absl::UnixEpoch();
  absl::Duration resolution = absl::ZeroDuration();
  absl::Status flush_status;
  std::vector<std::string> events;
  // What the n-th reading gives; without it, nothing tells.
  std::function<DeviceState(int reading)> state;

  void Pass(absl::Duration duration) { now += duration; }

  const DeviceInfo& info() const override { return info_; }
  absl::StatusOr<Buffer> Allocate(int64_t) override { return Buffer(); }
  MemoryUsage memory_usage() const override { return {}; }
  void ResetPeakMemory() override {}
  absl::Status CopyToDevice(void*, const void*, int64_t) override { return absl::OkStatus(); }
  absl::Status CopyToHost(void*, const void*, int64_t) override { return absl::OkStatus(); }
  absl::Status Fill(void*, uint8_t, int64_t) override { return absl::OkStatus(); }
  absl::StatusOr<std::unique_ptr<Stream>> CreateStream() override {
    return std::make_unique<FakeStream>();
  }
  absl::StatusOr<std::unique_ptr<Timer>> CreateTimer() override {
    return std::make_unique<FakeTimer>(*this);
  }
  absl::Status FlushCaches(Stream&) override {
    events.push_back("flush");
    Pass(absl::Microseconds(500));
    return flush_status;
  }
  absl::StatusOr<DeviceState> ReadState() override {
    return state ? state(readings_++) : Device::ReadState();
  }

 private:
  class FakeStream : public Stream {
    absl::Status Synchronize() override { return absl::OkStatus(); }
    void* native_handle() const override { return nullptr; }
  };
  class FakeTimer : public Timer {
   public:
    explicit FakeTimer(FakeDevice& device) : device_(device) {}
    absl::Status Start(Stream&) override {
      start_ = device_.now;
      return absl::OkStatus();
    }
    absl::Status Stop(Stream&) override {
      elapsed_ = device_.now - start_;
      return absl::OkStatus();
    }
    absl::StatusOr<absl::Duration> Elapsed() override {
      if (device_.resolution == absl::ZeroDuration()) return elapsed_;
      return absl::Floor(elapsed_, device_.resolution);
    }

   private:
    FakeDevice& device_;
    absl::Time start_;
    absl::Duration elapsed_;
  };

  DeviceInfo info_;
  int readings_ = 0;
};

class SamplerTest : public ::testing::Test {
 protected:
  Sampler MakeSampler() {
    absl::StatusOr<Sampler> sampler = Sampler::Create(device_, [this] { return device_.now; });
    EXPECT_TRUE(sampler.ok()) << sampler.status();
    return *std::move(sampler);
  }

  Sampler::Launch Takes(absl::Duration duration, std::string name = "run") {
    return [this, duration, name](Stream&) {
      device_.events.push_back(name);
      device_.Pass(duration);
      return absl::OkStatus();
    };
  }

  FakeDevice device_;
};

TEST_F(SamplerTest, SteadyKernelStopsAtTheFewestSamples) {
  const auto set = MakeSampler().Sample(Takes(absl::Milliseconds(1)), {});
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->nanoseconds, SizeIs(10));
  EXPECT_THAT(set->nanoseconds, Each(1e6));
  EXPECT_EQ(set->launches_per_sample, 1);
  EXPECT_EQ(StopReasonName(set->stopped), "precise");
}

TEST_F(SamplerTest, FlushesBeforeEachSampleOutsideTheTimedSpan) {
  SamplerOptions options;
  options.warmup_runs = 1;
  options.min_samples = options.max_samples = 2;
  ASSERT_TRUE(MakeSampler().Sample(Takes(absl::Milliseconds(1)), options).ok());
  // Warm-up, one run that calibrates, two samples.
  EXPECT_THAT(device_.events, ElementsAre("run", "flush", "run", "flush", "run", "flush", "run"));
  device_.events.clear();
  options.flush_caches = false;
  ASSERT_TRUE(MakeSampler().Sample(Takes(absl::Milliseconds(1)), options).ok());
  EXPECT_THAT(device_.events, ElementsAre("run", "run", "run", "run"));
}

TEST_F(SamplerTest, NoisyKernelIsSampledUntilItsMedianIsPrecise) {
  constexpr uint64_t kSeed = 11;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 generator(kSeed);
  std::lognormal_distribution<double> draw(0, 0.1);
  SamplerOptions options;
  options.max_samples = 10000;
  options.target_relative_error = 0.02;
  options.max_duration = absl::InfiniteDuration();
  const auto set = MakeSampler().Sample(
      [&](Stream&) {
        device_.Pass(absl::Milliseconds(1) * draw(generator));
        return absl::OkStatus();
      },
      options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->stopped, StopReason::kPrecise);
  EXPECT_GT(set->nanoseconds.size(), 10u);
  EXPECT_LE(RelativeMedianError(set->nanoseconds, 0.95), 0.02);
  EXPECT_NEAR(Median(set->nanoseconds), 1e6, 5e4);
}

TEST_F(SamplerTest, StopsAtTheMostSamples) {
  int run = 0;
  SamplerOptions options;
  options.max_samples = 25;
  const auto set = MakeSampler().Sample(
      [&](Stream&) {
        device_.Pass(absl::Milliseconds(1 + run++ % 7));
        return absl::OkStatus();
      },
      options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->nanoseconds, SizeIs(25));
  EXPECT_EQ(StopReasonName(set->stopped), "max_samples");
}

TEST_F(SamplerTest, SlowKernelIsSampledOnceWhenItsTimeIsOver) {
  const auto set = MakeSampler().Sample(Takes(absl::Seconds(60)), {});
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->nanoseconds, ElementsAre(60e9));
  EXPECT_EQ(StopReasonName(set->stopped), "max_duration");
}

TEST_F(SamplerTest, ShortKernelsAreBatchedBeyondTheTimersResolution) {
  device_.resolution = absl::Nanoseconds(500);
  SamplerOptions options;
  options.min_sample_duration = absl::Microseconds(100);
  const auto set = MakeSampler().Sample(Takes(absl::Nanoseconds(300)), options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_GE(set->launches_per_sample, 334);
  EXPECT_NEAR(Median(set->nanoseconds), 300, 300 * 0.005);
}

TEST_F(SamplerTest, BatchesAreBounded) {
  SamplerOptions options;
  options.max_launches_per_sample = 100;
  const auto set = MakeSampler().Sample(Takes(absl::ZeroDuration()), options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->launches_per_sample, 100);
}

TEST_F(SamplerTest, WhatIsTimedInTurnsIsWarmedUpOnce) {
  Sampler sampler = MakeSampler();
  SamplerOptions options;
  options.warmup_runs = 1;
  const Sampler::Launch run = Takes(absl::Milliseconds(1));
  const auto launches = sampler.WarmUp(run, options);
  ASSERT_TRUE(launches.ok()) << launches.status();
  device_.events.clear();
  const auto set = sampler.Take(run, *launches, 3, options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->nanoseconds, ElementsAre(1e6, 1e6, 1e6));
  EXPECT_THAT(device_.events, ElementsAre("flush", "run", "flush", "run", "flush", "run"));
}

TEST_F(SamplerTest, SamplesKnowTheClockAndTheReasonsForThrottling) {
  device_.state = [](int reading) { return DeviceState{.core_mhz = 1980.0 - 15 * reading}; };
  SamplerOptions options;
  options.min_samples = options.max_samples = 7;
  const auto set = MakeSampler().Sample(Takes(absl::Milliseconds(1)), options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->core_mhz, ElementsAre(1980, 1980, 1980, 1980, 1980, 1965, 1965));
  EXPECT_THAT(set->throttle_reasons, ElementsAre(0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(set->throttled_discarded, 0);
}

TEST_F(SamplerTest, SamplesTakenUnderThrottlingAreRepeated) {
  // Hot at the second and third reading: the samples behind the fifth are taken three times.
  device_.state = [](int reading) {
    const bool hot = reading == 1 || reading == 2;
    return DeviceState{.throttle_reasons = hot ? 0x20u : 0u, .throttled = hot};
  };
  SamplerOptions options;
  options.min_samples = options.max_samples = 8;
  options.throttled_pause = absl::ZeroDuration();
  int run = 0;
  const auto set = MakeSampler().Sample(
      [&](Stream&) {
        device_.Pass(absl::Milliseconds(++run));
        return absl::OkStatus();
      },
      options);
  ASSERT_TRUE(set.ok()) << set.status();
  // Four runs warm up and calibrate.
  EXPECT_THAT(set->nanoseconds, ElementsAre(5e6, 6e6, 7e6, 8e6, 9e6, 16e6, 17e6, 18e6));
  EXPECT_THAT(set->throttle_reasons, Each(0));
  EXPECT_EQ(set->throttled_discarded, 6);
  EXPECT_EQ(set->stopped, StopReason::kMaxSamples);
}

TEST_F(SamplerTest, AThrottleThatHardlyLowersTheClockIsNoReasonToRepeat) {
  // At its power limit from the second reading on; only the fourth costs more than a hundredth.
  device_.state = [](int reading) {
    return DeviceState{.core_mhz = reading == 0   ? 1980.0
                                   : reading == 3 ? 1950.0
                                                  : 1965.0,
                       .throttled = reading > 0};
  };
  SamplerOptions options;
  options.min_samples = options.max_samples = 20;
  options.throttled_pause = absl::ZeroDuration();
  const auto set = MakeSampler().Sample(Takes(absl::Milliseconds(1)), options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->nanoseconds, SizeIs(20));
  EXPECT_EQ(set->throttled_discarded, 5);
}

TEST_F(SamplerTest, WhatNeverCoolsDownIsTimedAsItIs) {
  device_.state = [](int) { return DeviceState{.throttle_reasons = 4, .throttled = true}; };
  SamplerOptions options;
  options.min_samples = options.max_samples = 5;
  options.max_throttled_repeats = 3;
  options.throttled_pause = absl::ZeroDuration();
  Sampler sampler = MakeSampler();
  const auto set = sampler.Sample(Takes(absl::Milliseconds(1)), options);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->nanoseconds, SizeIs(5));
  EXPECT_THAT(set->throttle_reasons, Each(4));
  EXPECT_EQ(set->throttled_discarded, 15);
  // It is not waited for again until it has been cool once.
  EXPECT_EQ(sampler.Sample(Takes(absl::Milliseconds(1)), options)->throttled_discarded, 0);
}

TEST_F(SamplerTest, ADeviceAtItsPowerLimitIsNotWaitedForAgainAndAgain) {
  // At its highest clock at every seventh reading only, however long it rests.
  device_.state = [](int reading) {
    const bool lucky = reading % 7 == 0;
    return DeviceState{.core_mhz = lucky ? 1965.0 : 1650.0, .throttled = !lucky};
  };
  SamplerOptions options;
  options.min_samples = options.max_samples = 5;
  options.throttled_pause = absl::ZeroDuration();
  options.max_throttled_share = 0.1;
  Sampler sampler = MakeSampler();
  int discarded = 0;
  for (int kept = 5; kept <= 1000; kept += 5) {
    const auto set = sampler.Sample(Takes(absl::Milliseconds(1)), options);
    ASSERT_TRUE(set.ok()) << set.status();
    discarded += set->throttled_discarded;
    EXPECT_LE(discarded, 25 + kept / 10);
  }
  // Not given up for good: the device may only have been hot.
  EXPECT_GT(discarded, 90);
}

TEST_F(SamplerTest, ErrorsOfLaunchAndDeviceAreReturned) {
  const auto failing = [](Stream&) { return absl::InternalError("bad launch"); };
  EXPECT_EQ(MakeSampler().Sample(failing, {}).status().message(), "bad launch");
  device_.flush_status = absl::InternalError("no flush");
  EXPECT_EQ(MakeSampler().Sample(Takes(absl::Milliseconds(1)), {}).status().message(), "no flush");
}

TEST_F(SamplerTest, SenselessOptionsAreRefused) {
  SamplerOptions options;
  options.min_samples = 5;
  options.max_samples = 4;
  EXPECT_EQ(MakeSampler().Sample(Takes(absl::Milliseconds(1)), options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
