#include "testing/report/junit_report.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace attune {
namespace {

void ExpectHas(const std::string& xml, absl::string_view part) {
  EXPECT_TRUE(absl::StrContains(xml, part)) << part << "\nis not in\n" << xml;
}

TEST(JunitReportTest, CasesStandUnderTheirProgramsWithTheirOutcomes) {
  Report report;
  report.command = "test";
  report.started = "2026-11-22T19:00:00Z";
  report.cases = {
      {.program = "//a:b", .name = "S.T", .seconds = 0.25},
      {.program = "//a:b",
       .name = "S.U<int>",
       .outcome = Outcome::kFailed,
       .message = "x < y\nmore"},
      {.program = "//c:d", .name = "S.V", .outcome = Outcome::kBlocked, .message = "no GPU"},
      {.program = "//c:d", .name = "S.W", .outcome = Outcome::kSkipped, .message = "disabled"}};
  EXPECT_EQ(ToJunit(report), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="test" tests="4" failures="1" errors="0" skipped="2" time="0.250000">
  <testsuite name="//a:b" tests="2" failures="1" errors="0" skipped="0" time="0.250000" timestamp="2026-11-22T19:00:00Z">
    <testcase classname="//a:b" name="S.T" time="0.250000"/>
    <testcase classname="//a:b" name="S.U&lt;int&gt;" time="0.000000">
      <failure message="x &lt; y">x &lt; y
more</failure>
    </testcase>
  </testsuite>
  <testsuite name="//c:d" tests="2" failures="0" errors="0" skipped="2" time="0.000000" timestamp="2026-11-22T19:00:00Z">
    <testcase classname="//c:d" name="S.V" time="0.000000">
      <skipped message="BLOCKED: no GPU"/>
    </testcase>
    <testcase classname="//c:d" name="S.W" time="0.000000">
      <skipped message="SKIPPED: disabled"/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(JunitReportTest, MeasurementsAreCases) {
  Report report;
  report.measurements = {{.program = "//c:d", .name = "run/256", .median = 0.5}};
  ExpectHas(ToJunit(report), R"(<testcase classname="//c:d" name="run/256" time="0.500000"/>)");
}

TEST(JunitReportTest, ARunWithoutCasesSaysHowItEnded) {
  Report report;
  report.command = "test";
  report.target = "all";
  report.outcome = Outcome::kBlocked;
  report.reason = "no \"GPU\"";
  const std::string xml = ToJunit(report);
  ExpectHas(xml, R"(tests="1" failures="0" errors="0" skipped="1")");
  ExpectHas(xml, R"(<skipped message="BLOCKED: no &quot;GPU&quot;"/>)");
}

}  // namespace
}  // namespace attune
