#include "benchmarks/report/run_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace attune {
namespace {

using ::testing::HasSubstr;

// Nine samples within a tenth of a percent of `milliseconds`.
Series SeriesOf(const std::string& name, double milliseconds) {
  Series series = {.name = name};
  for (int i = 0; i < 9; ++i) series.seconds.push_back(milliseconds * 1e-3 * (1 + 1e-4 * i));
  return series;
}

RunComparison Compare(const ResultFile& old_file, const ResultFile& new_file) {
  return CompareRuns(old_file, new_file, {});
}

TEST(RunComparisonTest, BenchmarksMeetByNameAndTheOthersAreListed) {
  const RunComparison comparison =
      Compare({.series = {SeriesOf("gone", 1), SeriesOf("a", 1), SeriesOf("b", 1)}},
              {.series = {SeriesOf("b", 2), SeriesOf("new", 1), SeriesOf("a", 0.5)}});
  ASSERT_EQ(comparison.compared.size(), 2u);
  EXPECT_EQ(comparison.compared[0].name, "b");
  EXPECT_EQ(comparison.compared[0].comparison.verdict, SpeedVerdict::kSlower);
  EXPECT_EQ(comparison.compared[1].comparison.verdict, SpeedVerdict::kFaster);
  EXPECT_EQ(comparison.only_old, std::vector<std::string>{"gone"});
  EXPECT_EQ(comparison.only_new, std::vector<std::string>{"new"});
}

TEST(RunComparisonTest, SlowerOrFailingIsARegressionAndNothingElseIs) {
  const ResultFile before = {.series = {SeriesOf("a", 1)}};
  EXPECT_TRUE(HasRegression(Compare(before, {.series = {SeriesOf("a", 1.1)}})));
  EXPECT_FALSE(HasRegression(Compare(before, {.series = {SeriesOf("a", 1)}})));
  EXPECT_FALSE(HasRegression(Compare(before, {.series = {SeriesOf("a", 0.9)}})));
  EXPECT_TRUE(HasRegression(Compare(before, {.failed = {{"a", "no memory"}}})));
  EXPECT_FALSE(HasRegression(Compare(before, {.failed = {{"b", "never ran before"}}})));
}

TEST(RunComparisonTest, TheTableHasARowForEachAndCountsVerdicts) {
  const std::string table =
      ComparisonTable(Compare({.series = {SeriesOf("a", 1), SeriesOf("c", 1)}},
                              {.series = {SeriesOf("a", 2)}, .failed = {{"c", "no memory"}}}));
  EXPECT_THAT(table, HasSubstr("a          1 ms  2.001 ms     2.0000"));
  EXPECT_THAT(table, HasSubstr("SLOWER"));
  EXPECT_THAT(table, HasSubstr("failed in the new file: c: no memory"));
  EXPECT_THAT(table, HasSubstr("0 FASTER, 1 SLOWER, 0 SAME, 0 AMBIGUOUS, 1 failed"));
}

TEST(RunComparisonTest, JsonIsValidWhateverTheNamesAndTheIntervals) {
  Series few = SeriesOf("\"</script>\xff", 1);
  few.seconds.resize(2);
  const auto json =
      nlohmann::json::parse(ComparisonJson(Compare({.series = {few}}, {.series = {few}})));
  EXPECT_EQ(json["regression"], false);
  EXPECT_EQ(json["benchmarks"][0]["verdict"], "AMBIGUOUS");
  EXPECT_TRUE(json["benchmarks"][0]["ratio_high"].is_null());
}

}  // namespace
}  // namespace attune
