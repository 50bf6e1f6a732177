#include "benchmarks/report/tuning_run.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

Trial TrialOf(int64_t block, double nanoseconds) {
  Trial trial;
  auto* entry = trial.mutable_configuration()->add_entry();
  entry->set_name("block");
  entry->set_value(block);
  trial.set_outcome(Trial::OK);
  for (int i = 0; i < 9; ++i) trial.add_nanoseconds(nanoseconds * (1 + 1e-3 * i));
  return trial;
}

TEST(TuningRunTest, TrialsThatCannotBeToldFromTheFastestTie) {
  TrialLog log;
  log.trials = {TrialOf(16, 2000), TrialOf(32, 1000), TrialOf(64, 1001)};
  const TuningRun run = SummariseTrialLog(log, {});
  ASSERT_EQ(run.trials.size(), 3u);
  EXPECT_EQ(run.parameters, std::vector<std::string>{"block"});
  EXPECT_EQ(run.trials[1].values[0], 32);
  EXPECT_NEAR(*run.trials[1].median, 1.004e-6, 1e-12);
  EXPECT_FALSE(run.trials[0].tied);
  EXPECT_TRUE(run.trials[1].tied);
  EXPECT_TRUE(run.trials[2].tied);
}

TEST(TuningRunTest, TrialsThatFailedKeepTheirReasonAndHaveNoTime) {
  TrialLog log;
  Trial failed = TrialOf(16, 1);
  failed.set_outcome(Trial::WRONG_RESULT);
  failed.set_message("row 3 is NaN");
  log.trials = {failed};
  const TuningRun run = SummariseTrialLog(log, {});
  EXPECT_EQ(run.trials[0].outcome, "WRONG_RESULT");
  EXPECT_EQ(run.trials[0].message, "row 3 is NaN");
  EXPECT_FALSE(run.trials[0].median.has_value());
  EXPECT_FALSE(run.trials[0].tied);
}

TEST(TuningRunTest, TheHeaderSaysWhatWasTunedAndWhichSpace) {
  TrialLog log;
  log.header.mutable_key()->set_family("cpu_forward");
  log.header.mutable_key()->mutable_workload()->set_operator_name("attention_forward");
  log.header.set_space(
      R"(kernel: "k" parameter { name: "a" values: [1, 2, 3] default_value: 1 doc: "d" }
                          constraint { name: "small" expression: "a < 3" })");
  const TuningRun run = SummariseTrialLog(log, {});
  EXPECT_EQ(run.family, "cpu_forward");
  EXPECT_EQ(run.workload, "attention_forward[]");
  EXPECT_EQ(run.space_problem, "");
  EXPECT_EQ(run.space_size, 3);
  EXPECT_EQ(run.constraints, (std::vector<TunedConstraint>{{"small", "a < 3", std::nullopt}}));
  EXPECT_EQ(run.admitted, std::nullopt);
}

TEST(TuningRunTest, WhatEachConstraintRemovedIsOfTheHeader) {
  TrialLog log;
  log.header.set_space(
      R"(kernel: "k" parameter { name: "a" values: [1, 2, 3] default_value: 1 doc: "d" }
                          constraint { name: "small" expression: "a < 3" }
                          constraint { name: "odd" expression: "a % 2" })");
  log.header.set_space_size(3);
  log.header.set_admitted(1);
  for (const char* name : {"small", "odd"}) {
    ConstraintCount* const count = log.header.add_constraint();
    count->set_name(name);
    count->set_removed(1);
  }
  const TuningRun run = SummariseTrialLog(log, {});
  EXPECT_EQ(run.admitted, 1);
  EXPECT_EQ(run.constraints,
            (std::vector<TunedConstraint>{{"small", "a < 3", 1}, {"odd", "a % 2", 1}}));
}

TEST(TuningRunTest, ASpaceThatCannotBeReadIsSaid) {
  TrialLog log;
  log.header.set_space("of another time");
  EXPECT_NE(SummariseTrialLog(log, {}).space_problem, "");
}

}  // namespace
}  // namespace attune
