#include "benchmarks/ternary/rival_times.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(RivalTimesTest, RatiosAreThoseOfMedians) {
  RivalTimes times;
  for (const double seconds : {1.0, 2.0, 90.0}) times.Add("a", "slow", seconds);
  for (const double seconds : {0.1, 0.5, 0.6}) times.Add("a", "fast", seconds);
  times.Add("b", "slow", 1);
  EXPECT_EQ(times.Ratios("slow", "fast"), (std::map<std::string, double>{{"a", 4.0}}));
  EXPECT_THAT(times.Table(), HasSubstr("2000.000"));
}

}  // namespace
}  // namespace attune
