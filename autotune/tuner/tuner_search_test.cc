// What the tuner and its strategies owe each other.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "autotune/bench/local_bench.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/tuner/tuner.h"
#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::SizeIs;

constexpr char kDefault[] = "block=8,unroll=1";

// A family of 16 configurations on a device whose time passes as they say, with 1 % of noise.
class TunerSearchTest : public ::testing::Test {
 protected:
  static double Microseconds(const Configuration& configuration) {
    const double off = static_cast<double>(configuration.Get("block")) / 32;
    return 100 * (off > 1 ? off : 1 / off) - 10 * static_cast<double>(configuration.Get("unroll"));
  }

  absl::StatusOr<TuningResult> TuneWith(TestingKernelSteps steps = {}) {
    launches_ = 0;
    steps.launch = [this](const Configuration& configuration) {
      const double factor = 1 + 0.01 * RandomUniform(options_.seed, launches_++);
      device_.Advance(absl::Microseconds(factor * Microseconds(configuration)));
      return absl::OkStatus();
    };
    const TestingKernelFamily family("testing", std::move(steps));
    const Workload workload = TestingKernelFamily::MakeWorkload(512);
    const auto bench = LocalBench::Open(family, workload, device_, bench_options_);
    if (!bench.ok()) return bench.status();
    TrialBench* const benches[] = {bench->get()};
    return Tune(family, workload, device_.info(), benches, options_);
  }

  static std::vector<std::string> Tried(const TuningResult& result) {
    std::vector<std::string> tried;
    for (const Trial& trial : result.trials) {
      tried.push_back(FromProto(trial.configuration()).ToString());
    }
    return tried;
  }
  static std::string Winner(const TuningResult& result) {
    return result.finalists[result.verdict.winner].configuration.ToString();
  }

  FakeDevice device_;
  BenchOptions bench_options_;
  TunerOptions options_;
  uint64_t launches_ = 0;
};

TEST_F(TunerSearchTest, EveryStrategyFindsTheFastest) {
  for (const std::string& strategy : SearcherNames()) {
    for (const int threads : {1, 3}) {
      options_.strategy = strategy;
      options_.parallelism = bench_options_.prepare_threads = threads;
      const auto result = TuneWith();
      ASSERT_TRUE(result.ok()) << strategy << ": " << result.status();
      EXPECT_EQ(Winner(*result), "block=32,unroll=2") << strategy;
      EXPECT_EQ(Tried(*result).front(), kDefault) << strategy;
      const std::vector<std::string> tried = Tried(*result);
      EXPECT_EQ(std::set<std::string>(tried.begin(), tried.end()).size(), 16u) << strategy;
    }
  }
}

TEST_F(TunerSearchTest, SmallSpacesAreSearchedWholeWhateverTheShare) {
  options_.strategy = "model";
  options_.max_share = 0.1;
  EXPECT_THAT(TuneWith()->trials, SizeIs(16));
  options_.max_evaluations = 5;
  EXPECT_THAT(TuneWith()->trials, SizeIs(5));
}

TEST_F(TunerSearchTest, HalvingTimesFewWithManySamples) {
  options_.strategy = "halving";
  bench_options_.sampling = {.min_samples = 20, .max_samples = 20};
  const auto result = TuneWith();
  ASSERT_TRUE(result.ok()) << result.status();
  std::map<int, int> trials_by_samples;
  for (const Trial& trial : result->trials) ++trials_by_samples[trial.nanoseconds_size()];
  EXPECT_EQ(trials_by_samples[3], 16);
  EXPECT_GE(trials_by_samples[9], 5);
  EXPECT_LE(trials_by_samples[9], 8);
  EXPECT_GE(trials_by_samples[20], 1);
  EXPECT_EQ(trials_by_samples.size(), 3u);
  std::set<std::string> finalists;
  for (const FinalistResult& each : result->finalists) {
    EXPECT_TRUE(finalists.insert(each.configuration.ToString()).second) << "is there twice";
  }
}

TEST_F(TunerSearchTest, GoesOnFromEarlierTrials) {
  for (const std::string& strategy : SearcherNames()) {
    options_.strategy = strategy;
    options_.earlier_trials = {};
    options_.max_evaluations = 10;
    const auto first = TuneWith();
    ASSERT_TRUE(first.ok()) << strategy << ": " << first.status();
    options_.earlier_trials = first->trials;
    options_.max_evaluations = INT64_MAX;
    const auto second = TuneWith();
    ASSERT_TRUE(second.ok()) << strategy << ": " << second.status();
    EXPECT_EQ(Winner(*second), "block=32,unroll=2") << strategy;
    const std::vector<std::string> tried = Tried(*second);
    EXPECT_EQ(std::set<std::string>(tried.begin(), tried.end()).size(), 16u) << strategy;
    if (strategy != "halving") {
      EXPECT_EQ(tried.size(), 16u) << strategy;
    }
  }
}

TEST_F(TunerSearchTest, EarlierTrialsCountAsEvaluations) {
  options_.strategy = "random";
  options_.max_evaluations = 8;
  const auto first = TuneWith();
  ASSERT_TRUE(first.ok());
  options_.earlier_trials = first->trials;
  options_.on_trial = [](const Trial& trial, int64_t, int64_t) {
    ADD_FAILURE() << trial.ShortDebugString();
  };
  const auto second = TuneWith();
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->trials.size(), 8u);
}

TEST_F(TunerSearchTest, WhatFailedEarlierIsNotTriedAgain) {
  options_.strategy = "exhaustive";
  TestingKernelSteps steps;
  steps.prepare = [](const Configuration& configuration) {
    return configuration.Get("block") == 4 ? absl::AbortedError("died") : absl::OkStatus();
  };
  options_.earlier_trials = TuneWith(steps)->trials;
  steps.prepare = [](const Configuration& configuration) {
    EXPECT_NE(configuration.Get("block"), 4);
    return absl::OkStatus();
  };
  EXPECT_TRUE(TuneWith(steps).ok());
}

}  // namespace
}  // namespace attune
