#include "benchmarks/report/dashboard_data.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

using Json = nlohmann::json;

Series SeriesOf(const std::string& name, double milliseconds) {
  Series series = {.name = name, .counters = {{"TFLOP/s", 100 / milliseconds}, {"GB/s", 2}}};
  for (int i = 0; i < 9; ++i) series.seconds.push_back(milliseconds * 1e-3 * (1 + 1e-4 * i));
  return series;
}

NamedResultFile FileOf(const std::string& path, std::vector<Series> series) {
  NamedResultFile named = {.path = path};
  named.file.context = {{"commit", "abc"}, {"date", "2026-01-01"}};
  named.file.series = std::move(series);
  return named;
}

Json DataOf(const DashboardInput& input) { return Json::parse(DashboardJson(input)); }

constexpr char kName[] = "forward/bf16/128/causal/4096/4x16/portable_forward/manual_time";

TEST(DashboardDataTest, ARowSaysWhatRanAndHowFast) {
  DashboardInput input;
  input.results.files = {FileOf("gpu/p/a.json", {SeriesOf(kName, 2)})};
  const Json data = DataOf(input);
  const auto text = [&](const char* column) {
    return data["strings"][data["columns"][column][0].get<size_t>()];
  };
  EXPECT_EQ(data["rows"], 1);
  EXPECT_EQ(text("dtype"), "bf16");
  EXPECT_EQ(text("rival"), "portable_forward");
  EXPECT_DOUBLE_EQ(data["columns"]["median"][0], 2.0008e-3);
  EXPECT_DOUBLE_EQ(data["columns"]["tflops"][0], 50);
  EXPECT_TRUE(data["columns"]["peak_mib"][0].is_null());
  EXPECT_EQ(data["columns"]["samples"][0].size(), 9u);
  EXPECT_EQ(data["files"][0]["machine"], "gpu");
  EXPECT_EQ(data["files"][0]["commit"], "abc");
}

TEST(DashboardDataTest, RowsOfOneProblemAndKindsOfProblemsAreNumberedWhateverTheOperation) {
  DashboardInput input;
  input.results.files = {
      FileOf("gpu/p/a.json", {SeriesOf("product/fp32/m:1/n:64/ours", 1), SeriesOf("plan/cached", 1),
                              SeriesOf("product/fp32/m:1/n:64/theirs", 1),
                              SeriesOf("product/fp32/m:2/n:64/ours", 1), SeriesOf(kName, 1)})};
  input.results.files.push_back(
      FileOf("cpu/p/b.json", {SeriesOf("product/fp32/m:1/n:64/ours", 1)}));
  const Json data = DataOf(input);
  EXPECT_EQ(data["columns"]["problem"], Json({0, -1, 0, 1, 2, 3}));
  EXPECT_EQ(data["columns"]["kind"], Json({0, -1, 0, 0, 1, 2}));
  EXPECT_EQ(data["operations"]["product"], Json({{"fields", {"m", "n"}}, {"sizes", {"m"}}}));
  EXPECT_EQ(data["operations"]["forward"]["sizes"], Json({"length", "heads"}));
  const auto field = [&](const char* name, size_t row) {
    return data["strings"][data["fields"][name][row].get<size_t>()];
  };
  EXPECT_EQ(field("m", 3), "2");
  EXPECT_EQ(field("m", 1), "");
  EXPECT_EQ(field("mask", 4), "causal");
}

TEST(DashboardDataTest, RunsOfAMachineMakeAHistoryAndRunsOfTwoDoNot) {
  DashboardInput input;
  input.results.files = {FileOf("gpu/p/a.json", {SeriesOf(kName, 1)}),
                         FileOf("gpu/p/b.json", {SeriesOf(kName, 2)}),
                         FileOf("cpu/p/c.json", {SeriesOf(kName, 9)})};
  const Json data = DataOf(input);
  ASSERT_EQ(data["histories"].size(), 1u);
  EXPECT_EQ(data["histories"][0]["rows"], Json({0, 1}));
  EXPECT_EQ(data["histories"][0]["changes"][0]["run"], 1);
  ASSERT_EQ(data["comparisons"].size(), 3u);
  EXPECT_EQ(data["comparisons"][0]["a"], 0);
  EXPECT_EQ(data["comparisons"][0]["b"], 1);
  EXPECT_EQ(data["comparisons"][0]["rows"][0][2], static_cast<int>(SpeedVerdict::kSlower));
}

TEST(DashboardDataTest, WhateverFolderWasGivenAMachineIsAMachine) {
  const std::map<std::string, std::string> gpu = {
      {"device", "cuda:0: NVIDIA H200 (sm_90, 132 multiprocessors; cuda 13.0 driver 580)"},
      {"cpu", "cpu: Some CPU, 16 threads (AVX3_DL; gcc 12.2)"},
      {"host_name", "vm"}};
  const std::map<std::string, std::string> cpu = {
      {"cpu", "cpu: Intel(R) Xeon(R) Processor, 2 threads (AVX3_DL; gcc 12.2)"},
      {"host_name", "vm"}};
  DashboardInput input;
  const auto add = [&](const char* path, const std::map<std::string, std::string>& context) {
    input.results.files.push_back({.path = path});
    input.results.files.back().file.context = context;
  };
  add("nvidia_h200/peers/a.json", gpu);
  add("peers/a.json", gpu);
  add("a.json", gpu);
  add("results/nvidia_h200/peers/a.json", gpu);
  add("roofline/a.json", cpu);
  add("a.json", {{"device", "a device"}, {"host_name", "vm"}});
  add("peers/a.json", {{"host_name", "vm"}});
  std::vector<std::string> machines;
  const Json data = DataOf(input);
  for (const Json& file : data["files"]) machines.push_back(file["machine"]);
  EXPECT_EQ(machines,
            (std::vector<std::string>{"nvidia_h200", "NVIDIA H200", "NVIDIA H200", "NVIDIA H200",
                                      "Intel(R) Xeon(R) Processor, 2 threads", "a device", "vm"}));
}

TEST(DashboardDataTest, ComparisonsBeyondTheMostAreCounted) {
  DashboardInput input;
  for (const char* path : {"gpu/p/a.json", "gpu/p/b.json", "gpu/p/c.json"}) {
    input.results.files.push_back(FileOf(path, {SeriesOf(kName, 1)}));
  }
  input.most_verdicts = 2;
  const Json data = DataOf(input);
  EXPECT_EQ(data["comparisons"].size(), 2u);
  EXPECT_EQ(data["comparisons_left_out"], 1);
}

TEST(DashboardDataTest, WhateverNamesAndTimesThereAreItIsJson) {
  DashboardInput input;
  input.results.files = {FileOf("a.json", {SeriesOf("</script>\"'\xff", 1)})};
  input.results.skipped = {{"b\".json", "cut off"}};
  input.results.files[0].file.series[0].seconds = {1e-300};
  TuningRun run;
  run.trials = {{.values = {std::nullopt}, .outcome = "CRASH"}};
  input.tuning = {{"t.log", run}};
  const Json data = DataOf(input);
  EXPECT_EQ(data["skipped"][0]["reason"], "cut off");
  EXPECT_TRUE(data["columns"]["low"][0].is_null());
  EXPECT_TRUE(data["tuning"][0]["trials"][0]["median"].is_null());
}

}  // namespace
}  // namespace attune
