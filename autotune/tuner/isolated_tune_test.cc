// Tunes kernels that do everything a kernel should not. This program is its own worker: see main.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/bench/isolated_bench.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/tuner/tuner.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::SizeIs;
using ::testing::StartsWith;

[[noreturn]] void HangForever() {
  while (true) absl::SleepFor(absl::Hours(1));
}

Configuration Block(int64_t block, int64_t unroll = 1) {
  return Configuration({{"block", block}, {"unroll", unroll}});
}

// What an earlier kernel of this process left where it should not have written.
bool g_trampled = false;

absl::Status PrepareBadly(const Configuration& configuration) {
  if (configuration == Block(1)) HangForever();
  return absl::OkStatus();
}

absl::Status VerifyBadly(const Configuration& configuration) {
  if (configuration == Block(2)) std::abort();
  if (configuration == Block(4)) *reinterpret_cast<volatile int*>(64) = 1;
  if (configuration == Block(16)) return absl::DataLossError("out: MAE 3");
  return absl::OkStatus();
}

absl::Status LaunchBadly(const Configuration& configuration) {
  if (configuration == Block(32)) HangForever();
  // The fastest of those that run, by more than a loaded machine wakes sleepers late.
  absl::SleepFor(absl::Milliseconds(configuration == Block(64, 2) ? 2 : 12));
  return absl::OkStatus();
}

absl::Status TrampleOrNotice(const Configuration& configuration) {
  if (g_trampled) return absl::DataLossError("out: somebody wrote into it");
  g_trampled = configuration == Block(2);
  return absl::OkStatus();
}

absl::Status CrashWhileOthersRun(const Configuration& configuration) {
  if (configuration == Block(64)) std::abort();
  return absl::OkStatus();
}

absl::Status TakeTime(const Configuration&) {
  absl::SleepFor(absl::Milliseconds(1));
  return absl::OkStatus();
}

bool Register(const std::string& name, const TestingKernelSteps& steps) {
  return RegisterKernelFamily(std::make_unique<TestingKernelFamily>(name, steps));
}

[[maybe_unused]] const bool kRegistered =
    Register("bad", {.prepare = PrepareBadly, .verify = VerifyBadly, .launch = LaunchBadly}) &&
    Register("trampling", {.verify = TrampleOrNotice, .launch = TakeTime}) &&
    Register("crashing_compiler", {.prepare = CrashWhileOthersRun, .launch = TakeTime});

const KernelFamily& Family(const std::string& name) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->name() == name) return *family;
  }
  std::abort();
}

absl::StatusOr<TuningResult> TuneAll(const std::string& family, TunerOptions options = {},
                                     const BenchOptions& bench_options = {}) {
  const Workload workload = TestingKernelFamily::MakeWorkload(128);
  IsolatedBenches benches({.prepare = absl::Seconds(4),
                           .first_run = absl::Seconds(4),
                           .run = absl::Seconds(3),
                           .run_factor = 1});
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<TrialBench> bench,
                          benches.Open("cpu", Family(family), workload, bench_options));
  options.final_rounds = 8;
  TrialBench* const open_benches[] = {bench.get()};
  return Tune(Family(family), workload, CpuDevice().info(), open_benches, options);
}

std::string OutcomeOf(const TuningResult& result, const Configuration& configuration) {
  for (const Trial& trial : result.trials) {
    if (FromProto(trial.configuration()) != configuration) continue;
    return absl::StrCat(Trial::Outcome_Name(trial.outcome()), ": ", trial.message());
  }
  return "no trial";
}

int64_t CountOk(const TuningResult& result) {
  return std::count_if(result.trials.begin(), result.trials.end(),
                       [](const Trial& trial) { return trial.outcome() == Trial::OK; });
}

TEST(IsolatedTuneTest, WhateverAKernelDoesItCostsItsOwnTrial) {
  const auto result = TuneAll("bad");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->trials, SizeIs(16));
  EXPECT_THAT(OutcomeOf(*result, Block(1)), StartsWith("TIMEOUT: compiling: no answer in 4s"));
  EXPECT_THAT(OutcomeOf(*result, Block(2)),
              StartsWith("CRASH: running: the worker process ended by signal 6 (Aborted)"));
  EXPECT_THAT(OutcomeOf(*result, Block(4)), StartsWith("CRASH: running: the worker process ended"));
  EXPECT_EQ(OutcomeOf(*result, Block(16)), "WRONG_RESULT: out: MAE 3");
  EXPECT_THAT(OutcomeOf(*result, Block(32)), StartsWith("TIMEOUT: running: no answer in"));
  EXPECT_EQ(CountOk(*result), 11);
  EXPECT_EQ(result->finalists[result->verdict.winner].configuration, Block(64, 2));
}

TEST(IsolatedTuneTest, WhatAnotherKernelTrampledOnIsNotHeldAgainstAnyone) {
  const auto result = TuneAll("trampling");
  ASSERT_TRUE(result.ok()) << result.status();
  for (const Trial& trial : result->trials) {
    EXPECT_EQ(trial.outcome(), Trial::OK) << trial.ShortDebugString();
  }
}

TEST(IsolatedTuneTest, AConfigurationThatIsCompiledMeanwhileTakesNoOtherDownWithIt) {
  TunerOptions options;
  options.parallelism = 4;
  const auto result = TuneAll("crashing_compiler", options, {.prepare_threads = 4});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(OutcomeOf(*result, Block(64)), StartsWith("CRASH: compiling: "));
  EXPECT_THAT(OutcomeOf(*result, Block(64, 2)), StartsWith("OK"));
  EXPECT_EQ(CountOk(*result), 15);
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
