#include "autotune/bench/local_bench.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "autotune/family/testing_kernel_family.h"
#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

Configuration Block(int64_t block) { return Configuration({{"block", block}, {"unroll", 1}}); }

class LocalBenchTest : public ::testing::Test {
 protected:
  // A block of n takes n microseconds.
  TestingKernelSteps Steps() {
    TestingKernelSteps steps;
    steps.launch = [this](const Configuration& configuration) {
      device_.Advance(absl::Microseconds(configuration.Get("block")));
      return absl::OkStatus();
    };
    steps.verify = [this](const Configuration& configuration) {
      verified_.push_back(configuration.Get("block"));
      return absl::OkStatus();
    };
    return steps;
  }
  LocalBench& Open(TestingKernelSteps steps, const BenchOptions& options = {}) {
    family_ = std::make_unique<TestingKernelFamily>("testing", std::move(steps));
    auto bench =
        LocalBench::Open(*family_, TestingKernelFamily::MakeWorkload(512), device_, options);
    EXPECT_TRUE(bench.ok()) << bench.status();
    bench_ = *std::move(bench);
    return *bench_;
  }

  FakeDevice device_{{.id = "fake:0"}};
  std::vector<int64_t> verified_;
  std::unique_ptr<TestingKernelFamily> family_;
  std::unique_ptr<LocalBench> bench_;
};

TEST_F(LocalBenchTest, ATrialHoldsWhatWasMeasuredAndWhere) {
  device_.set_state([] { return DeviceState{.core_mhz = 1980, .throttle_reasons = 1}; });
  const Trial trial = Open(Steps()).Try(Block(32), 5).value();
  EXPECT_EQ(trial.outcome(), Trial::OK);
  EXPECT_THAT(trial.nanoseconds(), ElementsAre(32000, 32000, 32000, 32000, 32000));
  EXPECT_THAT(trial.core_mhz(), Each(1980));
  EXPECT_THAT(trial.throttle_reasons(), Each(1));
  EXPECT_EQ(trial.device(), "fake:0");
  EXPECT_EQ(trial.resources().at("registers"), 32);
  EXPECT_EQ(device_.memory_usage().current_bytes, 0);
}

TEST_F(LocalBenchTest, WhatIsTimedAgainIsVerifiedOnceAndStaysReady) {
  LocalBench& bench = Open(Steps());
  EXPECT_THAT(*bench.Time(Block(32), 0), SizeIs(0));
  EXPECT_THAT(*bench.Time(Block(64), 1), ElementsAre(64000));
  EXPECT_THAT(*bench.Time(Block(32), 3), ElementsAre(32000, 32000, 32000));
  EXPECT_THAT(verified_, ElementsAre(32, 64));
  EXPECT_EQ(device_.memory_usage().current_bytes, 2 * TestingKernelFamily::candidate_bytes());
}

TEST_F(LocalBenchTest, WhatWasAnnouncedMayBePassedOver) {
  LocalBench& bench = Open(Steps(), {.prepare_threads = 2});
  for (const int64_t block : {1, 2, 4, 8}) bench.Announce(Block(block));
  EXPECT_EQ(bench.Try(Block(1), 5)->outcome(), Trial::OK);
  EXPECT_EQ(bench.Try(Block(8), 5)->outcome(), Trial::OK);
  EXPECT_EQ(bench.Try(Block(2), 5)->outcome(), Trial::OK);
  EXPECT_THAT(verified_, ElementsAre(1, 8, 2));
}

TEST_F(LocalBenchTest, ADeviceThatAFaultBrokeIsFound) {
  LocalBench& bench = Open(Steps());
  EXPECT_TRUE(bench.CheckDevice().ok());
  device_.set_memory_limit(0);
  EXPECT_FALSE(bench.CheckDevice().ok());
}

}  // namespace
}  // namespace attune
