// What every strategy owes the budgets, and a tune that was cut short: one test, for all of them.
#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "autotune/bench/local_bench.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/tuner/tuner.h"
#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;
using ::testing::SizeIs;

constexpr int kConfigurations = 16;

// Microseconds of a run: the fastest is block 32, unroll 2.
int64_t Microseconds(const Configuration& configuration) {
  const int64_t block = configuration.Get("block");
  return 10 * (block > 32 ? block / 32 : 32 / block) - configuration.Get("unroll");
}

class StrategyBudgetsTest : public ::testing::TestWithParam<std::string> {
 protected:
  StrategyBudgetsTest() {
    options_.strategy = GetParam();
    options_.now = [this] { return absl::UnixEpoch() + absl::Microseconds(now_.load()); };
  }

  absl::StatusOr<TuningResult> TuneAll() {
    TestingKernelSteps steps;
    steps.launch = [this](const Configuration& configuration) {
      now_ += Microseconds(configuration);
      device_.Advance(absl::Microseconds(Microseconds(configuration)));
      return absl::OkStatus();
    };
    const TestingKernelFamily family("testing", std::move(steps));
    const Workload workload = TestingKernelFamily::MakeWorkload(512);
    const auto bench = LocalBench::Open(family, workload, device_, {});
    if (!bench.ok()) return bench.status();
    TrialBench* const benches[] = {bench->get()};
    return Tune(family, workload, device_.info(), benches, options_);
  }

  std::string LogPath() const {
    return absl::StrCat(::testing::TempDir(), "/strategy_budgets_", GetParam(), ".log");
  }
  // Tunes with every trial in the log, until `trials` of them were made.
  void TuneUntilCancelled(int64_t trials) {
    TrialLogWriter log = *TrialLogWriter::Open(LogPath(), {});
    std::atomic<bool> cancelled = false;
    options_.cancelled = &cancelled;
    options_.on_trial = [&](const Trial& trial, int64_t done, int64_t) {
      EXPECT_EQ(log.Append(trial), absl::OkStatus());
      cancelled = done == trials;
    };
    EXPECT_EQ(TuneAll().status().code(), absl::StatusCode::kCancelled);
    options_.cancelled = nullptr;
    options_.on_trial = nullptr;
  }

  FakeDevice device_;
  std::atomic<int64_t> now_ = 0;
  TunerOptions options_;
};

std::set<std::string> Configurations(const std::vector<Trial>& trials) {
  std::set<std::string> configurations;
  for (const Trial& trial : trials) {
    configurations.insert(FromProto(trial.configuration()).ToString());
  }
  return configurations;
}

TEST_P(StrategyBudgetsTest, EndsAfterItsEvaluations) {
  for (const int64_t budget : {1, 2, 7, kConfigurations}) {
    options_.max_evaluations = budget;
    const auto result = TuneAll();
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(result->trials, SizeIs(budget));
  }
}

TEST_P(StrategyBudgetsTest, EndsWithItsSeconds) {
  // Time for some of the trials: the slowest makes a dozen runs of 320 us.
  const absl::Duration kBudget = absl::Milliseconds(6);
  const absl::Duration kSlowest = absl::Microseconds(12 * 320);
  options_.max_duration = kBudget;
  const auto result = TuneAll();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->trials, SizeIs(AllOf(Ge(2), Le(kConfigurations - 1))));
  // Three quarters of it are the search's, and the trial in flight ends.
  EXPECT_LE(result->search_duration, 0.75 * kBudget + 2 * kSlowest);
  EXPECT_LE(result->search_duration + result->final_duration, kBudget + 3 * kSlowest);
}

TEST_P(StrategyBudgetsTest, GoesOnFromTheLogOfATuneThatWasCutShort) {
  std::filesystem::remove(LogPath());
  TuneUntilCancelled(6);
  TrialLogWriter log = *TrialLogWriter::Open(LogPath(), {});
  ASSERT_THAT(log.unfinished_trials(), SizeIs(6));
  options_.earlier_trials = log.unfinished_trials();
  const std::set<std::string> earlier = Configurations(options_.earlier_trials);
  int64_t made = 0;
  options_.on_trial = [&](const Trial& trial, int64_t, int64_t) {
    ++made;
    EXPECT_EQ(log.Append(trial), absl::OkStatus());
    // Successive halving times the better ones again, with more samples.
    if (GetParam() == "halving") return;
    EXPECT_EQ(earlier.count(FromProto(trial.configuration()).ToString()), 0u);
  };
  options_.max_evaluations = 10;
  const auto part = TuneAll();
  ASSERT_TRUE(part.ok()) << part.status();
  // What was made before counts.
  EXPECT_THAT(part->trials, SizeIs(10));
  EXPECT_EQ(made, 10 - 6);

  options_.earlier_trials = ReadTrialLog(LogPath())->trials;
  options_.max_evaluations = INT64_MAX;
  const auto whole = TuneAll();
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_THAT(Configurations(whole->trials), SizeIs(kConfigurations));
  EXPECT_EQ(whole->finalists[whole->verdict.winner].configuration.ToString(), "block=32,unroll=2");
}

INSTANTIATE_TEST_SUITE_P(All, StrategyBudgetsTest, ::testing::ValuesIn(SearcherNames()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace attune
