#include "testing/report/speedup.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

Measurement Timed(const std::string& name, double median) {
  return {.program = "p", .name = name, .median = median};
}

TEST(SpeedupTest, FamiliesOfTheGpuAreComparedWithTheFastestOfTheCpu) {
  const auto results = JudgeSpeedups({Timed("forward/fp32/512/portable_forward/manual_time", 1e-3),
                                      Timed("forward/fp32/512/cpu_slow/manual_time", 9e-3),
                                      Timed("forward/fp32/512/cpu_forward/manual_time", 2e-3),
                                      Timed("forward/fp32/512/other_forward/manual_time", 1.1e-3)},
                                     2);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].name,
            "forward/fp32/512/portable_forward is at least 2x faster than the CPU");
  EXPECT_EQ(results[0].outcome, Outcome::kPassed);
  EXPECT_EQ(results[1].outcome, Outcome::kFailed);
  EXPECT_EQ(results[1].message, "2 ms on the CPU, 1.1 ms on the GPU: 1.82x");
}

TEST(SpeedupTest, OnlyTheSameProblemOfTheSameProgramIsCompared) {
  EXPECT_TRUE(JudgeSpeedups({Timed("a/cpu_forward", 1),
                             Timed("b/portable_forward", 1e-3),
                             Timed("plan_cached/real_time", 1e-3),
                             {.program = "q", .name = "a/portable_forward", .median = 1e-3}},
                            2)
                  .empty());
}

}  // namespace
}  // namespace attune
