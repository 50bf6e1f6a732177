#include "measurements/result_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string FileOf(absl::string_view rows) {
  return absl::StrCat(R"({"context": {"date": "today", "num_cpus": 2}, "benchmarks": [)", rows,
                      "]}");
}

std::string MessageOf(absl::string_view json) {
  return std::string(ParseResultFile(json).status().message());
}

TEST(ResultFileTest, RepetitionsAreGatheredAndAggregatesLeftOut) {
  const auto file = ParseResultFile(FileOf(R"(
      {"name": "a", "run_type": "iteration", "real_time": 3, "time_unit": "ms", "GB/s": 10},
      {"name": "b", "run_type": "iteration", "real_time": 5, "time_unit": "us", "label": "x=1"},
      {"name": "a", "run_type": "iteration", "real_time": 2, "time_unit": "ms", "GB/s": 20},
      {"name": "a_median", "run_type": "aggregate", "real_time": 9, "time_unit": "ms"})"));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->series.size(), 2u);
  EXPECT_EQ(file->series[0].name, "a");
  EXPECT_THAT(file->series[0].seconds, ElementsAre(3e-3, 2e-3));
  EXPECT_DOUBLE_EQ(file->series[0].counters.at("GB/s"), 15);
  EXPECT_EQ(file->series[1].label, "x=1");
  EXPECT_EQ(file->context.at("date"), "today");
  EXPECT_EQ(file->context.at("num_cpus"), "2");
  EXPECT_TRUE(file->problems.empty());
}

TEST(ResultFileTest, OneRowMayHoldAllSamples) {
  const auto file = ParseResultFile(FileOf(R"(
      {"name": "a", "run_type": "iteration", "iterations": 3, "real_time": 2, "time_unit": "us",
       "TFLOP/s": 7, "samples": [3, 1.5, 2]},
      {"name": "b", "real_time": 2, "samples": [1, 0]}, {"name": "c", "real_time": 2, "samples": 2},
      {"name": "d", "real_time": 2, "samples": []})"));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->series.size(), 1u);
  EXPECT_THAT(file->series[0].seconds, ElementsAre(3e-6, 1.5e-6, 2e-6));
  EXPECT_THAT(file->series[0].counters, ElementsAre(::testing::Pair("TFLOP/s", 7)));
  EXPECT_THAT(file->problems,
              ElementsAre("b: a sample is 0; expected one above 0",
                          "c: samples is no list of times", "d: samples is no list of times"));
}

TEST(ResultFileTest, FilesOfOldVersionsReadAlike) {
  const auto file = ParseResultFile(FileOf(R"(
      {"name": "a", "iterations": 7, "real_time": 3000, "cpu_time": 1},
      {"name": "a_mean", "iterations": 2, "real_time": 8, "time_unit": "ns"},
      {"name": "a_stddev", "iterations": 2, "real_time": 0, "time_unit": "ns"})"));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->series.size(), 1u);
  EXPECT_THAT(file->series[0].seconds, ElementsAre(3e-6));
  EXPECT_TRUE(file->series[0].counters.empty());
}

TEST(ResultFileTest, CountersThatAreNoNumbersAreLeftOut) {
  const auto file = ParseResultFile(FileOf(R"(
      {"name": "NaN, \"Infinity\"", "real_time": 3, "x": NaN, "y": -Infinity, "z": 1})"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->series[0].name, "NaN, \"Infinity\"");
  EXPECT_EQ(file->series[0].counters.size(), 1u);
}

TEST(ResultFileTest, BenchmarksThatEndThemselvesFailedWithTheirMessage) {
  const auto file = ParseResultFile(FileOf(R"(
      {"name": "a", "error_occurred": true, "error_message": "no memory"},
      {"name": "b", "skipped": true, "skip_message": "no GPU"})"));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->failed.size(), 2u);
  EXPECT_EQ(file->failed[0].message, "no memory");
  EXPECT_EQ(file->failed[1].message, "no GPU");
}

TEST(ResultFileTest, RowsThatAreNoneAreNamedAndTheOthersRead) {
  const auto file = ParseResultFile(FileOf(R"(
      3, {"real_time": 1}, {"name": "text", "real_time": "1"}, {"name": "zero", "real_time": 0},
      {"name": "unit", "real_time": 1, "time_unit": "h"}, {"name": "good", "real_time": 1})"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->series.size(), 1u);
  EXPECT_THAT(file->problems, ElementsAre(HasSubstr("row 1"), HasSubstr("row 2"), HasSubstr("text"),
                                          HasSubstr("zero"), HasSubstr("\"h\"")));
}

TEST(ResultFileTest, WhatIsNoSuchFileIsRefusedWithTheReason) {
  EXPECT_THAT(MessageOf(""), HasSubstr("empty"));
  EXPECT_THAT(MessageOf(" \n"), HasSubstr("empty"));
  EXPECT_THAT(MessageOf(FileOf("").substr(0, 40)), HasSubstr("cut off"));
  EXPECT_THAT(MessageOf("{\"a\": ]"), HasSubstr("no JSON at byte 7"));
  EXPECT_THAT(MessageOf("[1]"), HasSubstr("not Google Benchmark's format"));
  EXPECT_THAT(MessageOf("{}"), HasSubstr("not Google Benchmark's format"));
  EXPECT_THAT(MessageOf(FileOf("")), HasSubstr("no benchmarks"));
  EXPECT_THAT(MessageOf(FileOf(R"({"name": "a_mean", "run_type": "aggregate", "real_time": 1})")),
              HasSubstr("aggregates only"));
}

}  // namespace
}  // namespace attune
