// Kills the tuner at a hundred moments: no more than the trial in flight may be lost. This program
// is its own tuner and its own worker: see main.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/bench/isolated_bench.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cli/tune/tune_command.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/trial_log.h"
#include "base/file.h"
#include "base/worker/worker_program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTunerFlag[] = "--tune_into=";
constexpr int kKills = 100;
constexpr int kWorkloads = 12;
constexpr int kConfigurations = 16;

// Where a worker notes what it verifies: a line each, of one write.
std::string NotesPath() { return std::string(std::getenv("KILL_TEST_NOTES")); }

// "230 block=8,unroll=1".
std::string Describe(int64_t n, const Configuration& configuration) {
  return absl::StrCat(n, " ", configuration.ToString());
}

// The size of the workload that this worker has open.
int64_t g_open = 0;

absl::Status NoteAndVerify(const Configuration& configuration) {
  const std::string line = Describe(g_open, configuration) + "\n";
  const int notes = open(NotesPath().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool written = write(notes, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  close(notes);
  return written ? absl::OkStatus() : absl::InternalError("cannot note a trial");
}

absl::Status TakeTime(const Configuration&) {
  absl::SleepFor(absl::Microseconds(100));
  return absl::OkStatus();
}

class NotingFamily : public TestingKernelFamily {
 public:
  NotingFamily()
      : TestingKernelFamily("testing",
                            {.prepare = {}, .verify = NoteAndVerify, .launch = TakeTime}) {}
  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload& workload, Device& device,
                                                   uint64_t seed) const override {
    g_open = workload.sizes.at("n");
    return TestingKernelFamily::Open(workload, device, seed);
  }
};

[[maybe_unused]] const bool kRegistered = RegisterKernelFamily(std::make_unique<NotingFamily>());

// What the tuner that is to be killed does.
int TuneInto(const std::string& directory) {
  IsolatedBenches benches;
  TuneCommandOptions options;
  options.device = "cpu";
  options.strategy = "exhaustive";
  options.cache_directory = directory;
  options.missing_only = true;
  options.open_bench = [&](const auto&... arguments) { return benches.Open(arguments...); };
  for (int i = 0; i < kWorkloads; ++i) {
    options.workloads.push_back({absl::StrCat("n", i), TestingKernelFamily::MakeWorkload(200 + i)});
  }
  std::ostringstream out;
  const absl::Status status = RunTuneCommand(options, out);
  if (!status.ok()) std::cerr << status << "\n" << out.str();
  return status.ok() ? 0 : 1;
}

class KillTest : public ::testing::Test {
 protected:
  KillTest() : directory_(absl::StrCat(::testing::TempDir(), "/kill_test")) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    setenv("KILL_TEST_NOTES", (directory_ + "/notes").c_str(), /*overwrite=*/1);
  }

  pid_t StartTuner() const {
    std::string argument = absl::StrCat(kTunerFlag, directory_, "/cache");
    std::string name = "kill_test";
    char* const arguments[] = {name.data(), argument.data(), nullptr};
    pid_t pid = -1;
    EXPECT_EQ(posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, arguments, environ), 0);
    return pid;
  }

  // What the logs hold: all that is whole, and no trial twice.
  std::set<std::string> Logged() const {
    std::set<std::string> logged;
    const auto logs = ListFiles(directory_ + "/cache/trials", ".log");
    if (!logs.ok()) return logged;  // killed before it made the directory
    for (const std::string& path : *logs) {
      const auto log = ReadTrialLog(path);
      if (absl::IsDataLoss(log.status())) {
        // A header that was never finished holds no trial, and is left for another log.
        EXPECT_THAT(std::string(log.status().message()), ::testing::HasSubstr("header"));
        continue;
      }
      EXPECT_TRUE(log.ok()) << log.status();
      if (!log.ok()) continue;
      const int64_t n = log->header.key().workload().sizes().at("n");
      for (const Trial& trial : log->trials) {
        EXPECT_EQ(trial.outcome(), Trial::OK) << trial.ShortDebugString();
        const std::string tried = Describe(n, FromProto(trial.configuration()));
        EXPECT_TRUE(logged.insert(tried).second) << tried << " was tried again";
      }
    }
    return logged;
  }

  std::set<std::string> Noted() const {
    const auto notes = ReadFile(NotesPath());
    if (!notes.ok()) return {};
    return absl::StrSplit(*notes, '\n', absl::SkipEmpty());
  }

  void CheckTrials() {
    const std::set<std::string> logged = Logged();
    EXPECT_TRUE(std::includes(logged.begin(), logged.end(), logged_.begin(), logged_.end()))
        << "trials were lost";
    std::vector<std::string> lost;
    // Notes are read after the logs: a worker without its tuner may still write one.
    const std::set<std::string> noted = Noted();
    std::set_difference(noted.begin(), noted.end(), logged.begin(), logged.end(),
                        std::back_inserter(lost));
    EXPECT_LE(lost.size(), 1u) << ::testing::PrintToString(lost);
    logged_ = logged;
  }

  void CheckCache() const {
    EXPECT_THAT(CacheDirectory(directory_ + "/cache").ReadAll().problems, IsEmpty());
  }

  const std::string directory_;
  std::set<std::string> logged_;
};

TEST_F(KillTest, AHundredKillsLoseNoMoreThanTheTrialInFlight) {
  const uint64_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 generator(seed);
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    // Most in the first trials; every tenth has time for finals and entries.
    std::uniform_int_distribution<int> moment(0, i % 10 == 9 ? 1500 : 150);
    const pid_t tuner = StartTuner();
    absl::SleepFor(absl::Milliseconds(moment(generator)));
    kill(tuner, SIGKILL);
    waitpid(tuner, nullptr, 0);
    CheckTrials();
    CheckCache();
  }
  std::cout << logged_.size() << " trials were logged between the kills, "
            << CacheDirectory(directory_ + "/cache").ReadAll().entries.size() << " entries kept\n";
  int status = 0;
  waitpid(StartTuner(), &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CheckTrials();
  CheckCache();
  EXPECT_THAT(CacheDirectory(directory_ + "/cache").ReadAll().entries, SizeIs(kWorkloads));
  EXPECT_THAT(logged_, SizeIs(kWorkloads * kConfigurations));
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  std::string argument = argc == 2 ? argv[1] : "";
  if (argument.rfind(attune::kTunerFlag, 0) == 0) {
    return attune::TuneInto(argument.substr(sizeof(attune::kTunerFlag) - 1));
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
