#include "autotune/replay/report.h"

#include <nlohmann/json.hpp>

#include "autotune/workload/stored_workload.h"
#include "autotune/workload/workload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

ReplayResult Example() {
  ReplayResult result;
  result.name = "example";
  result.search.key.set_family("testing");
  result.search.key.set_device_model("Testing GPU");
  *result.search.key.mutable_workload() =
      ToProto(Workload{.operator_name = "op", .traits = {}, .sizes = {{"n", 5}}});
  result.search.candidates.resize(200);
  for (RecordedCandidate& candidate : result.search.candidates) {
    candidate.outcome = Trial::OK;
    candidate.nanoseconds = 40000;
  }
  result.search.candidates[7].nanoseconds = 30000;
  Assessment assessment;
  assessment.strategy = "random";
  for (const double share : AssessedShares()) {
    assessment.by_evaluations.push_back({200 * share, {0.5, 0.5 + share / 4, 1}});
  }
  assessment.by_seconds = {{1, {0.1, 0.2, 0.3}}};
  assessment.reached = {{0.95, 25, 40, 12.25, 20}, {0.99, std::nullopt, std::nullopt, {}, {}}};
  result.assessments = {assessment};
  return result;
}

TEST(ReplayReportTest, TableShowsMediansAndWhatWasNotReached) {
  const std::string text = FormatReplay(Example());
  EXPECT_THAT(text, HasSubstr("example: testing on Testing GPU\nop"));
  EXPECT_THAT(text, HasSubstr("200 candidates; the fastest takes 30 us; untuned runs at 0.7500"));
  EXPECT_THAT(text, HasSubstr("0.5250"));
  EXPECT_THAT(text, HasSubstr("25 (12.5 %)        -"));
  EXPECT_THAT(text, HasSubstr("12.2        -"));
}

TEST(ReplayReportTest, JsonHoldsAllNumbers) {
  const auto json =
      nlohmann::json::parse(ReplayJson({Example()}, {.seeds = 50, .compilers = 4, .max_share = 1}));
  EXPECT_EQ(json["seeds"], 50);
  EXPECT_EQ(json["compilers"], 4);
  const auto& search = json["searches"][0];
  EXPECT_EQ(search["candidates"], 200);
  EXPECT_EQ(search["optimum_nanoseconds"], 30000);
  EXPECT_EQ(search["untuned_fraction"], 0.75);
  const auto& strategy = search["strategies"][0];
  EXPECT_EQ(strategy["strategy"], "random");
  EXPECT_EQ(strategy["fraction_by_evaluations"].size(), AssessedShares().size());
  EXPECT_EQ(strategy["fraction_by_seconds"][0]["upper"], 0.3);
  EXPECT_EQ(strategy["reached"][0]["evaluations"], 25);
  EXPECT_TRUE(strategy["reached"][1]["seconds"].is_null());
}

}  // namespace
}  // namespace attune
