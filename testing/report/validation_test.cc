#include "testing/report/validation.h"

#include <gtest/gtest.h>

#include "testing/report/json_report.h"

namespace attune {
namespace {

TEST(ValidationTest, WhatWasWrittenIsAdded) {
  Report written;
  written.facts = {{"architecture", "sm_90"}};
  written.cases = {{.program = "//a:b", .name = "small", .seconds = 0.5},
                   {.name = "large", .outcome = Outcome::kFailed, .message = "wrong"}};
  written.tables = {{.title = "families", .columns = {"a"}, .rows = {{"1"}, {"2"}}}};
  Report report;
  report.facts = {{"revision", "abc"}};
  const absl::Status status = AddReport(ToJson(written), report);
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(report.facts.size(), 2u);
  EXPECT_EQ(report.facts[1].second, "sm_90");
  ASSERT_EQ(report.cases.size(), 2u);
  EXPECT_EQ(report.cases[0].program, "//a:b");
  EXPECT_EQ(report.cases[0].outcome, Outcome::kPassed);
  EXPECT_EQ(report.cases[0].seconds, 0.5);
  EXPECT_EQ(report.cases[1].outcome, Outcome::kFailed);
  EXPECT_EQ(report.cases[1].message, "wrong");
  ASSERT_EQ(report.tables.size(), 1u);
  EXPECT_EQ(report.tables[0].rows[1][0], "2");
}

TEST(ValidationTest, WhatIsNoReportIsRefused) {
  for (const char* json :
       {"", "[]", "{}", R"({"cases": []})", R"({"cases": [3]})", R"({"cases": [{"name": "x"}]})",
        R"({"cases": [{"outcome": "PASS"}], "tables": [{"columns": [1]}]})",
        R"({"cases": [{"outcome": "PASS"}], "tables": [3]})"}) {
    Report report;
    EXPECT_EQ(AddReport(json, report).code(), absl::StatusCode::kInvalidArgument) << json;
  }
}

}  // namespace
}  // namespace attune
