#include "testing/report/json_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace attune {
namespace {

TEST(JsonReportTest, HoldsEverything) {
  Report report;
  report.command = "benchmark";
  report.target = "all";
  report.outcome = Outcome::kBlocked;
  report.reason = "1 of 2 blocked";
  report.seconds = 1.5;
  report.facts = {{"device", "GPU \"X\""}};
  report.notes = {"a note"};
  report.cases = {
      {.program = "//a:b", .name = "S.T", .seconds = 0.25},
      {.program = "//a:b", .name = "S.U", .outcome = Outcome::kBlocked, .message = "no"}};
  report.measurements = {{.program = "//c:d",
                          .name = "run",
                          .seconds = {1, 3},
                          .median = 2,
                          .interval = Interval{1, 3},
                          .gflops = 4,
                          .counters = {{"MiB", 5}}},
                         {.name = "short"}};
  report.tables = {{.title = "t", .columns = {"a", "b"}, .rows = {{"1", "2"}}}};
  const nlohmann::json json = nlohmann::json::parse(ToJson(report));
  EXPECT_EQ(json["outcome"], "BLOCKED");
  EXPECT_EQ(json["reason"], "1 of 2 blocked");
  EXPECT_EQ(json["counts"]["passed"], 1);
  EXPECT_EQ(json["counts"]["blocked"], 1);
  EXPECT_EQ(json["facts"]["device"], "GPU \"X\"");
  EXPECT_EQ(json["notes"][0], "a note");
  EXPECT_EQ(json["cases"][1]["message"], "no");
  EXPECT_FALSE(json["cases"][0].contains("message"));
  const nlohmann::json& run = json["measurements"][0];
  EXPECT_EQ(run["median_seconds"], 2);
  EXPECT_EQ(run["median_interval_95"], nlohmann::json({1.0, 3.0}));
  EXPECT_EQ(run["gflops"], 4);
  EXPECT_EQ(run["counters"]["MiB"], 5);
  EXPECT_EQ(run["seconds"], nlohmann::json({1.0, 3.0}));
  EXPECT_FALSE(json["measurements"][1].contains("gflops"));
  EXPECT_EQ(json["tables"][0]["rows"][0][1], "2");
}

TEST(JsonReportTest, TextThatIsNoUtf8DoesNoHarm) {
  Report report;
  report.cases = {{.name = "S.T", .outcome = Outcome::kFailed, .message = "got \xff"}};
  EXPECT_EQ(nlohmann::json::parse(ToJson(report))["cases"][0]["message"], "got \uFFFD");
}

}  // namespace
}  // namespace attune
