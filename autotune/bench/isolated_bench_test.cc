// Kernels that hang. This program is its own worker: see main.
#include "autotune/bench/isolated_bench.h"

#include <sys/types.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "base/worker/worker_program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// Names the file in which a kernel notes the process that it left behind.
constexpr char kLeftProcess[] = "ISOLATED_BENCH_TEST_LEFT_PROCESS";

[[noreturn]] void HangForever() {
  while (true) absl::SleepFor(absl::Hours(1));
}

Configuration Block(int64_t block) { return Configuration({{"block", block}, {"unroll", 1}}); }

absl::Status TakeTime(const Configuration&) {
  absl::SleepFor(absl::Milliseconds(1));
  return absl::OkStatus();
}

absl::Status HangAtOne(const Configuration& configuration) {
  if (configuration == Block(32)) HangForever();
  return TakeTime(configuration);
}

// A process that it leaves behind, and then no end.
absl::Status LeaveAProcess(const Configuration&) {
  const pid_t child = fork();
  if (child == 0) HangForever();
  std::ofstream(std::getenv(kLeftProcess)) << child << "\n";
  HangForever();
}

// Names the file that says whether the device has been lost.
constexpr char kLost[] = "ISOLATED_BENCH_TEST_LOST";

absl::Status TakeTheDeviceAlong(const Configuration& configuration) {
  if (configuration != Block(8)) return TakeTime(configuration);
  std::ofstream(std::getenv(kLost)) << "lost\n";
  std::abort();
}

// Cannot be opened any more once the device has been lost.
class OnceOnlyFamily : public TestingKernelFamily {
 public:
  using TestingKernelFamily::TestingKernelFamily;
  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload& workload, Device& device,
                                                   uint64_t seed) const override {
    if (std::ifstream(std::getenv(kLost)).good()) {
      return absl::ResourceExhaustedError("no memory on the device");
    }
    return TestingKernelFamily::Open(workload, device, seed);
  }
};

bool Register(const std::string& name, const TestingKernelSteps& steps) {
  return RegisterKernelFamily(std::make_unique<TestingKernelFamily>(name, steps));
}

[[maybe_unused]] const bool kRegistered =
    Register("quiet", {.launch = TakeTime}) && Register("hanging", {.launch = HangAtOne}) &&
    Register("leaving", {.launch = LeaveAProcess}) &&
    RegisterKernelFamily(std::make_unique<OnceOnlyFamily>(
        "once_only", TestingKernelSteps{.launch = TakeTheDeviceAlong}));

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

  const Workload workload_ = TestingKernelFamily::MakeWorkload(128);
  IsolatedBenches benches_{{.prepare = absl::Seconds(4),
                            .first_run = absl::Seconds(4),
                            .run = absl::Seconds(3),
                            .run_factor = 1}};
};

// Whether it is gone, or waits to be buried by whoever has inherited it.
bool HasEnded(pid_t pid) {
  std::ifstream stat(absl::StrCat("/proc/", pid, "/stat"));
  std::string number, name, state;
  return !(stat >> number >> name >> state) || state == "Z" || state == "X";
}

TEST_F(IsolatedBenchTest, WhatAnEndlessKernelStartedIsKilledWithIt) {
  const std::string note = ::testing::TempDir() + "/left_process";
  setenv(kLeftProcess, note.c_str(), /*overwrite=*/1);
  const Trial trial = Open("leaving")->Try(Block(8), 5).value();
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

TEST_F(IsolatedBenchTest, WhereNoNewWorkerCanBeOpenedNoConfigurationIsBlamed) {
  const std::string note = ::testing::TempDir() + "/lost";
  std::remove(note.c_str());
  setenv(kLost, note.c_str(), /*overwrite=*/1);
  const auto bench = Open("once_only");
  EXPECT_EQ(bench->Try(Block(4), 5)->outcome(), Trial::OK);
  // The worker that dies has tried something else: whether it is this one's fault is to be seen.
  for (const int64_t block : {8, 16}) {
    const absl::Status status = bench->Try(Block(block), 5).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("no memory on the device"));
  }
  EXPECT_EQ(bench->Time(Block(4), 1).status().code(), absl::StatusCode::kUnavailable);
  std::remove(note.c_str());
  EXPECT_EQ(bench->Try(Block(16), 5)->outcome(), Trial::OK);
}

TEST_F(IsolatedBenchTest, OneProcessServesOneBenchAfterAnother) {
  for (const char* const family : {"quiet", "hanging"}) {
    const Trial trial = Open(family)->Try(Block(8), 5).value();
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
  const absl::Status device = benches_.Open("tpu", Family("quiet"), workload_, {}).status();
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
