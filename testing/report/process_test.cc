#include "testing/report/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"

namespace attune {
namespace {

absl::StatusOr<ProcessResult> Shell(const std::string& script, ProcessOptions options = {}) {
  options.arguments = {"/bin/sh", "-c", script};
  return RunProcess(options);
}

// Whether the process is gone, or a zombie that awaits its reaper; waits for that, as signals take
// their time.
bool Ended(pid_t process) {
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (absl::Now() < deadline) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    const std::string stat{std::istreambuf_iterator<char>(file), {}};
    if (stat.empty() || absl::StrContains(stat, ") Z ")) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

TEST(ProcessTest, GivesOutputAndExitCode) {
  const auto result = Shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "out\nerr\n");
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_FALSE(result->ok());
  EXPECT_EQ(result->Describe(), "exit code 3");
}

TEST(ProcessTest, LongOutputComesWhole) {
  const auto result = Shell("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output.size(), 220000u);
  EXPECT_TRUE(result->ok());
}

TEST(ProcessTest, EnvironmentIsAddedTo) {
  const auto result =
      Shell("echo $GREETING; test -n \"$PATH\"", {.environment = {{"GREETING", "hello"}}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "hello\n");
  EXPECT_TRUE(result->ok());
}

TEST(ProcessTest, EchoShowsWhatIsPrinted) {
  std::ostringstream echo;
  const auto result = Shell("echo shown", {.echo = &echo});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(echo.str(), "shown\n");
}

TEST(ProcessTest, SignalsAreToldFromExitCodes) {
  const auto result = Shell("kill -SEGV $$");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->signal, SIGSEGV);
  EXPECT_EQ(result->Describe(), "killed by signal 11 (Segmentation fault)");
}

TEST(ProcessTest, WhatRunsTooLongIsKilledWithAllItStarted) {
  const auto result = Shell("sleep 600 & echo $!; wait", {.timeout = absl::Milliseconds(300)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->timed_out);
  EXPECT_TRUE(absl::StartsWith(result->Describe(), "no end after ")) << result->Describe();
  EXPECT_TRUE(Ended(std::stoi(result->output)));
}

TEST(ProcessTest, OutputHeldOpenByAnotherDoesNotHoldUsUp) {
  const auto result = Shell("sleep 600 & echo started", {.timeout = absl::Seconds(60)});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(result->timed_out);
  EXPECT_EQ(result->output, "started\n");
}

TEST(ProcessTest, ProgramThatIsNotThereIsAnError) {
  const auto result = RunProcess({.arguments = {"/nowhere/program"}});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound) << result.status();
  EXPECT_TRUE(absl::StrContains(result.status().message(), "/nowhere/program"));
  EXPECT_FALSE(RunProcess({}).ok());
}

}  // namespace
}  // namespace attune
