#include "testing/report/gtest_results.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

constexpr char kReport[] = R"({
  "tests": 5, "failures": 1, "disabled": 1, "errors": 0, "time": "1.5s", "name": "AllTests",
  "testsuites": [
    {"name": "Dtypes/EveryDtype", "tests": 2, "testsuite": [
      {"name": "IsRight/fp32", "value_param": "fp32", "status": "RUN", "result": "COMPLETED",
       "time": "0.25s", "classname": "Dtypes/EveryDtype"},
      {"name": "IsRight/bf16", "status": "RUN", "result": "COMPLETED", "time": "1s",
       "failures": [{"failure": "a.cc:3\nout is wrong", "type": ""},
                    {"failure": "a.cc:9\nso is this", "type": ""}]}]},
    {"name": "Memory", "testsuite": [
      {"name": "Skips", "status": "RUN", "result": "SKIPPED", "time": "0s"},
      {"name": "SaysWhy", "status": "RUN", "result": "SKIPPED", "time": "0s",
       "skipped": [{"message": "a.cc:5\nno memory"}]},
      {"name": "DISABLED_Never", "status": "NOTRUN", "result": "SUPPRESSED", "time": "0s"}]}]})";

TEST(GtestResultsTest, EachCaseHasItsOutcome) {
  const auto results = ParseGtestJson("//a:b", kReport);
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->size(), 5u);
  const CaseResult& passed = (*results)[0];
  EXPECT_EQ(passed.program, "//a:b");
  EXPECT_EQ(passed.name, "Dtypes/EveryDtype.IsRight/fp32");
  EXPECT_EQ(passed.outcome, Outcome::kPassed);
  EXPECT_EQ(passed.seconds, 0.25);
  EXPECT_EQ((*results)[1].outcome, Outcome::kFailed);
  EXPECT_EQ((*results)[1].message, "a.cc:3\nout is wrong\na.cc:9\nso is this");
}

TEST(GtestResultsTest, WhatDidNotRunIsSkippedAndNotPassed) {
  const auto results = ParseGtestJson("//a:b", kReport);
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ((*results)[2].outcome, Outcome::kSkipped);
  EXPECT_EQ((*results)[2].message, "the test skipped itself");
  EXPECT_EQ((*results)[3].message, "a.cc:5\nno memory");
  EXPECT_EQ((*results)[4].outcome, Outcome::kSkipped);
  EXPECT_EQ((*results)[4].message, "the test is disabled");
}

TEST(GtestResultsTest, AnEndThatIsUnknownIsAFailure) {
  const auto results = ParseGtestJson(
      "//a:b", R"({"testsuites": [{"name": "S", "testsuite": [{"name": "T", "status": "RUN"}]}]})");
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ((*results)[0].outcome, Outcome::kFailed);
}

TEST(GtestResultsTest, WhatIsNoReportIsRefused) {
  for (const char* text :
       {"", "{", "[]", "3", "{}", R"({"testsuites": 3})", R"({"testsuites": []})",
        R"({"testsuites": [{"name": 1, "testsuite": []}]})"}) {
    EXPECT_EQ(ParseGtestJson("//a:b", text).status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace attune
