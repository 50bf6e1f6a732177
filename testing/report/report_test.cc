#include "testing/report/report.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

Report With(const std::vector<Outcome>& outcomes) {
  Report report;
  for (const Outcome outcome : outcomes) report.cases.push_back({.outcome = outcome});
  Conclude(report);
  return report;
}

TEST(ReportTest, PassesOnlyIfEveryCaseDid) {
  EXPECT_EQ(With({Outcome::kPassed, Outcome::kPassed}).outcome, Outcome::kPassed);
  EXPECT_EQ(With({Outcome::kPassed, Outcome::kPassed}).reason, "");
  const Report failed = With({Outcome::kPassed, Outcome::kBlocked, Outcome::kFailed});
  EXPECT_EQ(failed.outcome, Outcome::kFailed);
  EXPECT_EQ(failed.reason, "1 of 3 failed");
}

TEST(ReportTest, WhatWasSkippedOrBlockedIsNoPass) {
  EXPECT_EQ(With({Outcome::kPassed, Outcome::kSkipped}).outcome, Outcome::kBlocked);
  EXPECT_EQ(With({Outcome::kPassed, Outcome::kBlocked}).reason,
            "1 of 2 blocked, 0 skipped: what did not run did not pass");
}

TEST(ReportTest, NothingThatRanIsAFailure) {
  EXPECT_EQ(With({}).outcome, Outcome::kFailed);
  EXPECT_EQ(With({}).reason, "nothing ran");
  Report measured;
  measured.measurements.push_back({.name = "plan"});
  Conclude(measured);
  EXPECT_EQ(measured.outcome, Outcome::kPassed);
}

TEST(ReportTest, ExitCodesAreThoseOfTheOutcomes) {
  EXPECT_EQ(ExitCode(Outcome::kPassed), 0);
  EXPECT_EQ(ExitCode(Outcome::kFailed), 1);
  EXPECT_EQ(ExitCode(Outcome::kBlocked), 2);
  EXPECT_EQ(OutcomeName(Outcome::kBlocked), "BLOCKED");
}

}  // namespace
}  // namespace attune
