#include "testing/report/test_verdict.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "absl/strings/match.h"

namespace attune {
namespace {

constexpr char kOnePassed[] =
    R"({"testsuites": [{"name": "S", "testsuite": [{"name": "T", "result": "COMPLETED"}]}]})";
constexpr char kOneFailed[] =
    R"({"testsuites": [{"name": "S", "testsuite": [{"name": "T", "result": "COMPLETED",
        "failures": [{"failure": "wrong"}]}]}]})";

CaseResult Only(const std::vector<CaseResult>& cases) {
  EXPECT_EQ(cases.size(), 1u);
  return cases.empty() ? CaseResult() : cases[0];
}

TEST(TestVerdictTest, AProgramThatEndsWellIsItsCases) {
  const CaseResult result = Only(JudgeTest("//a:b", {}, kOnePassed));
  EXPECT_EQ(result.name, "S.T");
  EXPECT_EQ(result.outcome, Outcome::kPassed);
  EXPECT_EQ(Only(JudgeTest("//a:b", {.exit_code = 1}, kOneFailed)).outcome, Outcome::kFailed);
}

TEST(TestVerdictTest, WithoutAGpuItIsBlocked) {
  const CaseResult result =
      Only(JudgeTest("//a:b", {.exit_code = 2, .output = "x\nBLOCKED: no driver\n"}, std::nullopt));
  EXPECT_EQ(result.outcome, Outcome::kBlocked);
  EXPECT_EQ(result.message, "no driver");
}

TEST(TestVerdictTest, ExitCodeTwoWithoutAReasonIsAFailure) {
  EXPECT_EQ(Only(JudgeTest("//a:b", {.exit_code = 2, .output = "x"}, std::nullopt)).outcome,
            Outcome::kFailed);
  EXPECT_EQ(BlockedReason({.exit_code = 1, .output = "BLOCKED: no"}), std::nullopt);
  EXPECT_EQ(BlockedReason({.exit_code = 2, .signal = SIGKILL, .output = "BLOCKED: no"}),
            std::nullopt);
}

TEST(TestVerdictTest, CrashesAndTimeoutsFailWithTheEndOfTheOutput) {
  // A report of an earlier run may still lie there.
  const CaseResult crashed =
      Only(JudgeTest("//a:b", {.signal = SIGSEGV, .output = "[ RUN ] S.T"}, kOnePassed));
  EXPECT_EQ(crashed.outcome, Outcome::kFailed);
  EXPECT_TRUE(absl::StrContains(crashed.message, "signal 11")) << crashed.message;
  EXPECT_TRUE(absl::StrContains(crashed.message, "[ RUN ] S.T")) << crashed.message;
  const CaseResult late = Only(JudgeTest("//a:b", {.timed_out = true}, kOnePassed));
  EXPECT_TRUE(absl::StrContains(late.message, "no end after")) << late.message;
}

TEST(TestVerdictTest, AProgramThatReportsNothingFails) {
  EXPECT_EQ(Only(JudgeTest("//a:b", {}, std::nullopt)).outcome, Outcome::kFailed);
  EXPECT_EQ(Only(JudgeTest("//a:b", {}, R"({"testsuites": []})")).outcome, Outcome::kFailed);
}

TEST(TestVerdictTest, ABadEndAfterGoodCasesIsAFailure) {
  const auto cases = JudgeTest("//a:b", {.exit_code = 1, .output = "leak"}, kOnePassed);
  ASSERT_EQ(cases.size(), 2u);
  EXPECT_EQ(cases[0].outcome, Outcome::kPassed);
  EXPECT_EQ(cases[1].outcome, Outcome::kFailed);
  EXPECT_EQ(cases[1].message, "exit code 1, though no test failed\nleak");
}

TEST(TestVerdictTest, TailIsTheLastLines) {
  EXPECT_EQ(Tail("a\nb\nc\n", 2), "b\nc");
  EXPECT_EQ(Tail("a\nb\nc", 5), "a\nb\nc");
  EXPECT_EQ(Tail("\n\na", 2), "\na");
  EXPECT_EQ(Tail("", 2), "");
}

}  // namespace
}  // namespace attune
