#include "testing/report/html_report.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace attune {
namespace {

void ExpectHas(const std::string& html, absl::string_view part) {
  EXPECT_TRUE(absl::StrContains(html, part)) << part << "\nis not in\n" << html;
}

Report SomeReport() {
  Report report;
  report.command = "test";
  report.target = "all";
  report.outcome = Outcome::kFailed;
  report.reason = "1 of 2 failed";
  report.started = "2026-11-22T19:00:00Z";
  report.facts = {{"device", "GPU <X>"}};
  report.notes = {"5 > 4"};
  report.cases = {{.program = "//a:b", .name = "S.T"},
                  {.program = "//a:b",
                   .name = "S.<script>alert(1)</script>",
                   .outcome = Outcome::kFailed,
                   .message = "</pre><img src=x>"}};
  report.measurements = {{.name = "run&go", .seconds = {2e-3}, .median = 2e-3}};
  report.tables = {{.title = "Fa<mi>lies", .columns = {"a<b"}, .rows = {{"c<d"}}}};
  return report;
}

TEST(HtmlReportTest, ShowsOutcomeTroubleMeasurementsTablesAndCases) {
  const std::string html = ToHtml(SomeReport());
  ExpectHas(html, R"(<h1>gpu_test test all <span class="outcome fail">FAIL</span></h1>)");
  ExpectHas(html, "1 passed, 1 failed, 0 blocked, 0 skipped, 1 measured");
  ExpectHas(html, "<h2>What did not pass</h2>");
  ExpectHas(html, "<td>2 ms</td>");
  ExpectHas(html, "<td>S.T</td>");
}

TEST(HtmlReportTest, EveryTextIsEscaped) {
  const std::string html = ToHtml(SomeReport());
  for (const char* raw : {"<script>", "<img", "GPU <X>", "run&go", "5 > 4", "<mi>", "a<b", "c<d"}) {
    EXPECT_FALSE(absl::StrContains(html, raw)) << raw;
  }
  for (const char* escaped : {"&lt;script&gt;", "&lt;/pre&gt;&lt;img src=x&gt;", "GPU &lt;X&gt;",
                              "run&amp;go", "5 &gt; 4", "Fa&lt;mi&gt;lies", "a&lt;b", "c&lt;d"}) {
    ExpectHas(html, escaped);
  }
}

TEST(HtmlReportTest, NeedsNothingFromOutside) {
  const std::string html = ToHtml(SomeReport());
  for (const char* reference : {"http", "src=\"", "href=", "url(", "<link", "@import"}) {
    EXPECT_FALSE(absl::StrContains(html, reference)) << reference;
  }
}

TEST(HtmlReportTest, WhatThereIsNoneOfIsLeftOut) {
  Report report;
  report.outcome = Outcome::kPassed;
  const std::string html = ToHtml(report);
  for (const char* title : {"What did not pass", "Measurements", "Cases", "<table>"}) {
    EXPECT_FALSE(absl::StrContains(html, title)) << title;
  }
}

}  // namespace
}  // namespace attune
