#include "testing/report/benchmark_results.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

std::string RunOf(absl::string_view name, double milliseconds, absl::string_view more = "") {
  return absl::StrCat(R"({"name": ")", name,
                      R"(", "family_index": 0, "repetitions": 2, "repetition_index": 0,
                          "threads": 1, "iterations": 7, "run_type": "iteration", "real_time": )",
                      milliseconds, R"(, "cpu_time": 1, "time_unit": "ms")", more, "}");
}

std::string ReportOf(const std::string& runs) {
  return absl::StrCat(R"({"context": {"date": "today"}, "benchmarks": [)", runs, "]}");
}

TEST(BenchmarkResultsTest, RepetitionsOfOneBenchmarkAreGathered) {
  const auto results =
      ParseBenchmarkJson("//b:c", ReportOf(absl::StrCat(RunOf("plan", 3), ",", RunOf("run", 1), ",",
                                                        RunOf("plan", 1), ",", RunOf("plan", 2))));
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->measurements.size(), 2u);
  const Measurement& plan = results->measurements[0];
  EXPECT_EQ(plan.name, "plan");
  EXPECT_EQ(plan.program, "//b:c");
  EXPECT_EQ(plan.seconds, (std::vector<double>{3e-3, 1e-3, 2e-3}));
  EXPECT_DOUBLE_EQ(plan.median, 2e-3);
  EXPECT_FALSE(plan.interval.has_value());
  EXPECT_FALSE(plan.gflops.has_value());
  EXPECT_TRUE(plan.counters.empty());
}

TEST(BenchmarkResultsTest, SixRepetitionsGiveAnInterval) {
  std::string runs;
  for (const int i : {4, 2, 6, 1, 5, 3}) {
    absl::StrAppend(&runs, runs.empty() ? "" : ",", RunOf("run", i));
  }
  const auto results = ParseBenchmarkJson("//b:c", ReportOf(runs));
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_TRUE(results->measurements[0].interval.has_value());
  EXPECT_DOUBLE_EQ(results->measurements[0].interval->lower, 1e-3);
  EXPECT_DOUBLE_EQ(results->measurements[0].interval->upper, 6e-3);
}

TEST(BenchmarkResultsTest, RatesOfOperationsAreGflopsAndOtherCountersKeepTheirNames) {
  for (const auto& [counter, gflops] :
       {std::pair("TFLOP/s", 250.0), std::pair("GFLOP/s", 0.25), std::pair("FLOP/s", 0.25e-9)}) {
    const auto results = ParseBenchmarkJson(
        "//b:c", ReportOf(RunOf(
                     "run", 1, absl::StrCat(R"(, "workspace_MiB": 4, ")", counter, R"(": 0.25)"))));
    ASSERT_TRUE(results.ok()) << results.status();
    EXPECT_DOUBLE_EQ(results->measurements[0].gflops.value(), gflops);
    ASSERT_EQ(results->measurements[0].counters.size(), 1u);
    EXPECT_EQ(results->measurements[0].counters[0], std::pair(std::string("workspace_MiB"), 4.0));
  }
}

TEST(BenchmarkResultsTest, AggregatesAreNoRepetitions) {
  const auto results = ParseBenchmarkJson(
      "//b:c",
      ReportOf(absl::StrCat(RunOf("run", 1), R"(, {"name": "run_mean", "run_type": "aggregate",
                                    "real_time": 9, "time_unit": "ms"})")));
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results->measurements.size(), 1u);
}

TEST(BenchmarkResultsTest, BenchmarksThatEndInAnErrorAreFailures) {
  const auto results = ParseBenchmarkJson(
      "//b:c", ReportOf(R"({"name": "run", "run_type": "iteration", "error_occurred": true,
                          "error_message": "out of memory"})"));
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_TRUE(results->measurements.empty());
  ASSERT_EQ(results->errors.size(), 1u);
  EXPECT_EQ(results->errors[0].outcome, Outcome::kFailed);
  EXPECT_EQ(results->errors[0].message, "out of memory");
}

TEST(BenchmarkResultsTest, WhatIsNoReportIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), ReportOf(""), ReportOf("3"),
        ReportOf("{}"), ReportOf(R"({"name": "run", "real_time": "1", "time_unit": "ms"})")}) {
    EXPECT_EQ(ParseBenchmarkJson("//b:c", text).status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace attune
