// Kernels that do everything a kernel should not. This program is its own worker: see main.
#include "autotune/isolated_bench.h"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/cache_entry.h"
#include "autotune/registry.h"
#include "autotune/testing_kernel_family.h"
#include "autotune/tuner.h"
#include "base/worker/worker_program.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Names the file in which a kernel notes the process that it left behind.
constexpr char kLeftProcess[] = "ISOLATED_BENCH_TEST_LEFT_PROCESS";

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

// A process that it leaves behind, and then no end.
absl::Status LeaveAProcess(const Configuration&) {
  const pid_t child = fork();
  if (child == 0) HangForever();
  std::ofstream(std::getenv(kLeftProcess)) << child << "\n";
  HangForever();
}

bool Register(const std::string& name, const TestingKernelSteps& steps) {
  return RegisterKernelFamily(std::make_unique<TestingKernelFamily>(name, steps));
}

[[maybe_unused]] const bool kRegistered =
    Register("bad", {.prepare = PrepareBadly, .verify = VerifyBadly, .launch = LaunchBadly}) &&
    Register("trampling", {.verify = TrampleOrNotice, .launch = TakeTime}) &&
    Register("crashing_compiler", {.prepare = CrashWhileOthersRun, .launch = TakeTime}) &&
    Register("hanging", {.launch = LaunchBadly}) && Register("leaving", {.launch = LeaveAProcess});

const KernelFamily& Family(const std::string& name) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->name() == name) return *family;
  }
  std::abort();
}

class IsolatedBenchTest : public ::testing::Test {
 protected:
  std::unique_ptr<TrialBench> Open(const std::string& family, const BenchOptions& options = {}) {
    auto bench = benches_.Open("cpu", Family(family), workload_, options);
    EXPECT_TRUE(bench.ok()) << bench.status();
    return *std::move(bench);
  }

  absl::StatusOr<TuningResult> TuneAll(const std::string& family, TunerOptions options = {},
                                       const BenchOptions& bench_options = {}) {
    options.final_rounds = 8;
    const auto bench = Open(family, bench_options);
    TrialBench* const benches[] = {bench.get()};
    return Tune(Family(family), workload_, CpuDevice().info(), benches, options);
  }

  const Workload workload_ = TestingKernelFamily::MakeWorkload(128);
  IsolatedBenches benches_{{.prepare = absl::Seconds(4),
                            .first_run = absl::Seconds(4),
                            .run = absl::Seconds(3),
                            .run_factor = 1}};
};

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

TEST_F(IsolatedBenchTest, WhateverAKernelDoesItCostsItsOwnTrial) {
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

TEST_F(IsolatedBenchTest, WhatAnotherKernelTrampledOnIsNotHeldAgainstAnyone) {
  const auto result = TuneAll("trampling");
  ASSERT_TRUE(result.ok()) << result.status();
  for (const Trial& trial : result->trials) {
    EXPECT_EQ(trial.outcome(), Trial::OK) << trial.ShortDebugString();
  }
}

TEST_F(IsolatedBenchTest, AConfigurationThatIsCompiledMeanwhileTakesNoOtherDownWithIt) {
  TunerOptions options;
  options.parallelism = 4;
  const auto result = TuneAll("crashing_compiler", options, {.prepare_threads = 4});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(OutcomeOf(*result, Block(64)), StartsWith("CRASH: compiling: "));
  EXPECT_THAT(OutcomeOf(*result, Block(64, 2)), StartsWith("OK"));
  EXPECT_EQ(CountOk(*result), 15);
}

// Whether it is gone, or waits to be buried by whoever has inherited it.
bool HasEnded(pid_t pid) {
  std::ifstream stat(absl::StrCat("/proc/", pid, "/stat"));
  std::string number, name, state;
  return !(stat >> number >> name >> state) || state == "Z" || state == "X";
}

TEST_F(IsolatedBenchTest, WhatAnEndlessKernelStartedIsKilledWithIt) {
  const std::string note = ::testing::TempDir() + "/left_process";
  setenv(kLeftProcess, note.c_str(), /*overwrite=*/1);
  const Trial trial = Open("leaving")->Try(Block(8), 5);
  EXPECT_EQ(trial.outcome(), Trial::TIMEOUT) << trial.message();
  pid_t left = 0;
  ASSERT_TRUE(std::ifstream(note) >> left);
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (!HasEnded(left) && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_TRUE(HasEnded(left));
}

TEST_F(IsolatedBenchTest, OneThatHangsInTheFinalLeavesTheOthersReady) {
  const auto bench = Open("hanging");
  ASSERT_TRUE(bench->Time(Block(1), 1).ok());
  EXPECT_EQ(bench->Time(Block(32), 0).status().code(), absl::StatusCode::kDeadlineExceeded);
  const auto after = bench->Time(Block(1), 3);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_THAT(*after, SizeIs(3));
}

TEST_F(IsolatedBenchTest, OneProcessServesOneBenchAfterAnother) {
  for (const char* const family : {"trampling", "hanging"}) {
    const Trial trial = Open(family)->Try(Block(8), 5);
    EXPECT_EQ(trial.outcome(), Trial::OK) << trial.message();
    EXPECT_EQ(trial.device(), "cpu");
    EXPECT_EQ(trial.nanoseconds_size(), 5);
    EXPECT_GT(trial.resources().at("registers"), 0);
  }
}

TEST_F(IsolatedBenchTest, WhatCannotBeOpenedSaysWhy) {
  const TestingKernelFamily stranger("stranger");
  const absl::Status unregistered = benches_.Open("cpu", stranger, workload_, {}).status();
  EXPECT_EQ(unregistered.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(unregistered.message()), HasSubstr("'stranger'"));
  const absl::Status device = benches_.Open("tpu", Family("bad"), workload_, {}).status();
  EXPECT_EQ(device.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(device.message()), HasSubstr("'tpu'"));
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
