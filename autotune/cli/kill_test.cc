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
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/cache_directory.h"
#include "autotune/cache_entry.h"
#include "autotune/cli/tune_command.h"
#include "autotune/isolated_bench.h"
#include "autotune/registry.h"
#include "autotune/testing_kernel_family.h"
#include "autotune/trial_log.h"
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
constexpr int kWorkloads = 24;
constexpr int kConfigurations = 16;

// Where a worker notes which configurations it verifies: a line each, of one write.
std::string NotesPath() { return std::string(std::getenv("KILL_TEST_NOTES")); }

absl::Status NoteAndVerify(const Configuration& configuration) {
  const std::string line = configuration.ToString() + "\n";
  const int notes = open(NotesPath().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool written = write(notes, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  close(notes);
  return written ? absl::OkStatus() : absl::InternalError("cannot note a trial");
}

absl::Status TakeTime(const Configuration&) {
  absl::SleepFor(absl::Microseconds(100));
  return absl::OkStatus();
}

[[maybe_unused]] const bool kRegistered =
    RegisterKernelFamily(std::make_unique<TestingKernelFamily>(
        "testing", TestingKernelSteps{.prepare = {}, .verify = NoteAndVerify, .launch = TakeTime}));

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

  // How many trials began since the last call, less those that were logged: at most the one in
  // flight.
  void CheckLogs() {
    const auto logs = ListFiles(directory_ + "/cache/trials", ".log");
    if (!logs.ok()) return;  // killed before it made the directory
    size_t logged = 0;
    for (const std::string& path : *logs) {
      const auto log = ReadTrialLog(path);
      if (absl::IsDataLoss(log.status())) {
        // A header that was never finished holds no trial, and is left for another log.
        EXPECT_THAT(std::string(log.status().message()), ::testing::HasSubstr("header"));
        continue;
      }
      ASSERT_TRUE(log.ok()) << log.status();
      std::set<std::string> configurations;
      for (const Trial& trial : log->trials) {
        EXPECT_EQ(trial.outcome(), Trial::OK) << path << ": " << trial.ShortDebugString();
        configurations.insert(FromProto(trial.configuration()).ToString());
      }
      EXPECT_EQ(configurations.size(), log->trials.size()) << path << ": tried twice";
      logged += log->trials.size();
    }
    EXPECT_GE(logged, logged_) << "trials were lost";
    logged_ = logged;
  }

  void CheckCache() const {
    EXPECT_THAT(CacheDirectory(directory_ + "/cache").ReadAll().problems, IsEmpty());
  }

  const std::string directory_;
  size_t logged_ = 0;
};

TEST_F(KillTest, AHundredKillsLoseNoMoreThanTheTrialsInFlight) {
  const uint64_t seed = std::random_device()();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<int> moment(0, 150);
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    const pid_t tuner = StartTuner();
    absl::SleepFor(absl::Milliseconds(moment(generator)));
    kill(tuner, SIGKILL);
    waitpid(tuner, nullptr, 0);
    CheckLogs();
    CheckCache();
  }
  std::cout << logged_ << " trials were logged between the kills, "
            << CacheDirectory(directory_ + "/cache").ReadAll().entries.size() << " entries kept\n";
  int status = 0;
  waitpid(StartTuner(), &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CheckLogs();
  CheckCache();
  EXPECT_THAT(CacheDirectory(directory_ + "/cache").ReadAll().entries, SizeIs(kWorkloads));
  // Every configuration was logged once, however often the tuner was killed: it went on each time.
  EXPECT_EQ(logged_, size_t{kWorkloads} * kConfigurations);
  // What was verified beyond that: the trial in flight at each kill; the reference, again after
  // each kill; and the finalists of each final, one of which each kill may have interrupted.
  const std::string notes = *ReadFile(NotesPath());
  const size_t verified = std::count(notes.begin(), notes.end(), '\n');
  EXPECT_GE(verified, logged_);
  EXPECT_LE(verified,
            logged_ + 2 * (kKills + kWorkloads) + (kKills + kWorkloads) * size_t{kConfigurations});
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
