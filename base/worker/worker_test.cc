// Workers that do everything a worker should not. This program is its own worker: see main.
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/worker/worker_pool.h"
#include "base/worker/worker_process.h"
#include "base/worker/worker_program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(60);

[[noreturn]] void HangForever() {
  while (true) absl::SleepFor(absl::Hours(1));
}

// Whether the process runs: one that nobody has waited for yet does not.
bool IsRunning(pid_t pid) {
  std::ifstream stat(absl::StrCat("/proc/", pid, "/stat"));
  std::string number, name, state;
  return (stat >> number >> name >> state) && state != "Z" && state != "X";
}

bool EndsSoon(pid_t pid) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (IsRunning(pid) && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  return !IsRunning(pid);
}

// The number in the file at `path`, once it is there.
pid_t ReadPid(const std::string& path) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  pid_t pid = 0;
  while (absl::Now() < deadline) {
    std::ifstream file(path);
    if (file >> pid && file.get() == '\n') return pid;
    absl::SleepFor(absl::Milliseconds(5));
  }
  ADD_FAILURE() << "nothing wrote " << path;
  return 0;
}

void WritePid(const std::string& path, pid_t pid) { std::ofstream(path) << pid << "\n"; }

// The request is "verb" or "verb argument".
absl::StatusOr<std::string> Misbehave(absl::string_view request) {
  const std::string text(request);
  const std::string verb = text.substr(0, text.find(' '));
  const std::string argument = verb.size() < text.size() ? text.substr(verb.size() + 1) : "";
  if (verb == "refuse") return absl::InvalidArgumentError("refused: " + argument);
  if (verb == "say_aborted") return absl::AbortedError("a compiler died");
  if (verb == "say_late") return absl::DeadlineExceededError("a compiler took too long");
  if (verb == "abort") std::abort();
  if (verb == "exit") std::_Exit(3);
  if (verb == "hang") {
    WritePid(argument, getpid());
    HangForever();
  }
  if (verb == "hang_with_a_child") {
    const pid_t child = fork();
    if (child == 0) HangForever();
    WritePid(argument, child);
    HangForever();
  }
  if (verb == "delegate") {
    absl::StatusOr<WorkerProcess> worker = WorkerProcess::Start("misbehave");
    return worker.ok() ? worker->Call(argument, kLong) : worker.status();
  }
  if (verb == "print") {
    std::printf("printed by a worker\n");
    std::fflush(stdout);
  }
  if (verb == "garbage") {
    for (int descriptor = 3; descriptor < 64; ++descriptor) {
      send(descriptor, "all your base are", 17, MSG_NOSIGNAL);
    }
    HangForever();
  }
  if (verb == "priority") return absl::StrCat(getpriority(PRIO_PROCESS, 0));
  if (verb == "pid") return absl::StrCat(getpid());
  return "echo " + text;
}

[[maybe_unused]] const bool kRegistered =
    RegisterWorker("misbehave", Misbehave) &&
    RegisterWorker("measure", Misbehave, WorkerPriority::kSame);

std::string TempPath(const std::string& name) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::remove(path.c_str());
  return path;
}

void ExpectError(const absl::StatusOr<std::string>& answer, absl::StatusCode code,
                 const std::string& text) {
  EXPECT_EQ(answer.status().code(), code) << answer.status();
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr(text));
}

TEST(WorkerPoolTest, AnswersAndRefusalsComeBack) {
  WorkerPool pool("misbehave", 1, kLong);
  EXPECT_EQ(*pool.Call("hello"), "echo hello");
  ExpectError(pool.Call("refuse this"), absl::StatusCode::kInvalidArgument, "refused: this");
  const std::string large(5 << 20, 'x');
  EXPECT_EQ(*pool.Call(large), "echo " + large);
}

TEST(WorkerPoolTest, OneProcessServesManyCalls) {
  WorkerPool pool("misbehave", 1, kLong);
  const std::string pid = *pool.Call("pid");
  EXPECT_NE(pid, absl::StrCat(getpid()));
  EXPECT_EQ(*pool.Call("pid"), pid);
  ExpectError(pool.Call("refuse"), absl::StatusCode::kInvalidArgument, "refused");
  EXPECT_EQ(*pool.Call("pid"), pid);
}

TEST(WorkerPoolTest, AHandlerThatTellsOfAnothersDeathIsNotTakenForDead) {
  WorkerPool pool("misbehave", 1, kLong);
  const std::string pid = *pool.Call("pid");
  ExpectError(pool.Call("say_aborted"), absl::StatusCode::kInternal, "a compiler died");
  ExpectError(pool.Call("say_late"), absl::StatusCode::kInternal, "a compiler took too long");
  EXPECT_EQ(*pool.Call("pid"), pid);
}

TEST(WorkerPoolTest, WhatAWorkerPrintsIsNoAnswer) {
  WorkerPool pool("misbehave", 1, kLong);
  EXPECT_EQ(*pool.Call("print"), "echo print");
}

TEST(WorkerPoolTest, ACrashCostsItsCallAndSaysHowItEnded) {
  WorkerPool pool("misbehave", 1, kLong);
  ExpectError(pool.Call("abort"), absl::StatusCode::kAborted, "ended by signal 6 (Aborted)");
  ExpectError(pool.Call("exit"), absl::StatusCode::kAborted, "ended with exit code 3");
  EXPECT_EQ(*pool.Call("hello"), "echo hello");
}

TEST(WorkerPoolTest, NonsenseOnThePipeCostsItsCall) {
  WorkerPool pool("misbehave", 1, kLong);
  ExpectError(pool.Call("garbage"), absl::StatusCode::kAborted,
              "was killed: what came out of the pipe is no message");
  EXPECT_EQ(*pool.Call("hello"), "echo hello");
}

TEST(WorkerPoolTest, AnEndlessCallIsKilledWithWhatItStarted) {
  WorkerPool pool("misbehave", 1, absl::Seconds(2));
  const std::string path = TempPath("child_of_a_worker");
  ExpectError(pool.Call("hang_with_a_child " + path), absl::StatusCode::kDeadlineExceeded,
              "no answer in 2s: the worker was killed");
  EXPECT_TRUE(EndsSoon(ReadPid(path)));
  EXPECT_EQ(*pool.Call("hello"), "echo hello");
}

TEST(WorkerPoolTest, ACallMayHaveATimeLimitOfItsOwn) {
  WorkerPool pool("misbehave", 1, kLong);
  ExpectError(pool.Call("hang " + TempPath("hanging_worker"), absl::Milliseconds(200)),
              absl::StatusCode::kDeadlineExceeded, "no answer in 200ms");
  EXPECT_EQ(*pool.Call("hello"), "echo hello");
}

TEST(WorkerPoolTest, WorkersThatMeasureKeepTheProgramsPriority) {
  const int own = getpriority(PRIO_PROCESS, 0);
  WorkerPool background("misbehave", 1, kLong);
  EXPECT_EQ(*background.Call("priority"), absl::StrCat(std::min(own + 5, 19)));
  WorkerPool measuring("measure", 1, kLong);
  EXPECT_EQ(*measuring.Call("priority"), absl::StrCat(own));
}

TEST(WorkerPoolTest, AWorkerMayHaveWorkersThatEndWithIt) {
  WorkerPool pool("misbehave", 1, kLong);
  EXPECT_NE(*pool.Call("delegate pid"), *pool.Call("pid"));
  const std::string path = TempPath("worker_of_a_worker");
  ExpectError(pool.Call("delegate hang " + path, absl::Seconds(2)),
              absl::StatusCode::kDeadlineExceeded, "no answer in 2s");
  EXPECT_TRUE(EndsSoon(ReadPid(path)));
}

TEST(WorkerPoolTest, ManyThreadsShareFewProcesses) {
  WorkerPool pool("misbehave", 3, kLong);
  std::vector<std::future<absl::StatusOr<std::string>>> answers;
  for (int i = 0; i < 24; ++i) {
    answers.push_back(std::async(std::launch::async, [&pool, i] {
      return pool.Call(i % 6 == 5 ? "abort" : absl::StrCat("call ", i));
    }));
  }
  for (int i = 0; i < 24; ++i) {
    const absl::StatusOr<std::string> answer = answers[i].get();
    if (i % 6 == 5) {
      EXPECT_EQ(answer.status().code(), absl::StatusCode::kAborted) << i;
    } else {
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(*answer, absl::StrCat("echo call ", i));
    }
  }
}

TEST(WorkerPoolTest, WhatIsNotNeededIsNotStarted) {
  WorkerPool pool("misbehave", 8, kLong);
  const std::string pid = *pool.Call("pid");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(*pool.Call("pid"), pid);
  // While the first is busy, a second.
  const std::string path = TempPath("busy_worker");
  std::future<absl::StatusOr<std::string>> busy =
      std::async(std::launch::async, [&] { return pool.Call("hang " + path, absl::Seconds(2)); });
  EXPECT_EQ(absl::StrCat(ReadPid(path)), pid);
  const std::string second = *pool.Call("pid");
  EXPECT_NE(second, pid);
  EXPECT_EQ(*pool.Call("pid"), second);
  EXPECT_TRUE(absl::IsDeadlineExceeded(busy.get().status()));
}

TEST(WorkerPoolTest, ItsEndIsTheEndOfItsProcesses) {
  pid_t pid = 0;
  {
    WorkerPool pool("misbehave", 1, kLong);
    pid = static_cast<pid_t>(std::stol(*pool.Call("pid")));
    EXPECT_TRUE(IsRunning(pid));
  }
  EXPECT_FALSE(IsRunning(pid));
}

TEST(WorkerProcessTest, AWorkerDiesWithItsProgramInTheMidstOfACall) {
  const std::string path = TempPath("worker_of_a_killed_program");
  const pid_t program = fork();
  if (program == 0) {
    absl::StatusOr<WorkerProcess> worker = WorkerProcess::Start("misbehave");
    if (worker.ok()) (void)worker->Call("hang " + path, kLong);
    std::_Exit(1);
  }
  const pid_t worker = ReadPid(path);
  ASSERT_TRUE(IsRunning(worker));
  kill(program, SIGKILL);
  waitpid(program, nullptr, 0);
  EXPECT_TRUE(EndsSoon(worker));
}

TEST(WorkerProcessTest, AWorkerThatNobodyRegisteredEndsAtOnce) {
  absl::StatusOr<WorkerProcess> worker = WorkerProcess::Start("unheard_of");
  ASSERT_TRUE(worker.ok()) << worker.status();
  ExpectError(worker->Call("hello", kLong), absl::StatusCode::kAborted, "ended with exit code 1");
  EXPECT_FALSE(worker->alive());
  EXPECT_EQ(worker->Call("hello", kLong).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
