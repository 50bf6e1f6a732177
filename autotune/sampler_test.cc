#include "autotune/sampler.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "autotune/statistics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

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

TEST_F(SamplerTest, RoundsInterleaveAndRotate) {
  SamplerOptions options;
  options.warmup_runs = 0;
  options.flush_caches = false;
  options.min_sample_duration = absl::ZeroDuration();
  const std::vector<Sampler::Launch> rivals = {Takes(absl::Milliseconds(1), "a"),
                                               Takes(absl::Milliseconds(2), "b"),
                                               Takes(absl::Milliseconds(3), "c")};
  const auto sets = MakeSampler().SampleInterleaved(rivals, 3, options);
  ASSERT_TRUE(sets.ok()) << sets.status();
  // The first three calibrate.
  EXPECT_THAT(device_.events,
              ElementsAre("a", "b", "c", "a", "b", "c", "b", "c", "a", "c", "a", "b"));
  EXPECT_THAT((*sets)[0]->nanoseconds, ElementsAre(1e6, 1e6, 1e6));
  EXPECT_THAT((*sets)[2]->nanoseconds, ElementsAre(3e6, 3e6, 3e6));
}

TEST_F(SamplerTest, InterleavedRoundsStayWholeWhenTimeIsOver) {
  SamplerOptions options;
  options.max_duration = absl::Milliseconds(20);
  const std::vector<Sampler::Launch> rivals = {Takes(absl::Milliseconds(1)),
                                               Takes(absl::Milliseconds(2))};
  const auto sets = MakeSampler().SampleInterleaved(rivals, 1000, options);
  ASSERT_TRUE(sets.ok()) << sets.status();
  EXPECT_EQ((*sets)[0]->nanoseconds.size(), (*sets)[1]->nanoseconds.size());
  EXPECT_LT((*sets)[0]->nanoseconds.size(), 10u);
  EXPECT_EQ((*sets)[1]->stopped, StopReason::kMaxDuration);
}

TEST_F(SamplerTest, ARivalThatFailsLeavesTheOthersTheirRounds) {
  int runs = 0;
  const Sampler::Launch good = Takes(absl::Milliseconds(1));
  const auto fails_late = [&](Stream& stream) {
    return ++runs > 8 ? absl::InternalError("illegal address") : good(stream);
  };
  const auto fails_at_once = [](Stream&) { return absl::InternalError("bad launch"); };
  const std::vector<Sampler::Launch> rivals = {good, fails_late, fails_at_once, good};
  const auto sets = MakeSampler().SampleInterleaved(rivals, 30, {});
  ASSERT_TRUE(sets.ok()) << sets.status();
  EXPECT_EQ((*sets)[0]->nanoseconds.size(), 30u);
  EXPECT_EQ((*sets)[1].status().message(), "illegal address");
  EXPECT_EQ((*sets)[2].status().message(), "bad launch");
  EXPECT_EQ((*sets)[3]->nanoseconds.size(), 30u);
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
