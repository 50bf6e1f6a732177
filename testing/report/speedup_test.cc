#include "testing/report/speedup.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(SpeedupTest, PairsAreComparedByTheirMedians) {
  const auto results = JudgeSpeedups({{.program = "p", .name = "gpu/a", .median = 1e-3},
                                      {.program = "p", .name = "cpu/a", .median = 2e-3},
                                      {.program = "p", .name = "gpu/b", .median = 1e-3},
                                      {.program = "p", .name = "cpu/b", .median = 1.9e-3},
                                      {.program = "p", .name = "other", .median = 1}},
                                     2);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].name, "gpu is at least 2x faster than cpu: a");
  EXPECT_EQ(results[0].outcome, Outcome::kPassed);
  EXPECT_EQ(results[1].outcome, Outcome::kFailed);
  EXPECT_EQ(results[1].message, "1.9 ms on the CPU, 1 ms on the GPU: 1.9x");
}

TEST(SpeedupTest, ACounterpartThatIsMissingIsAFailure) {
  const auto results = JudgeSpeedups({{.program = "p", .name = "cpu/a", .median = 1},
                                      {.program = "q", .name = "gpu/a", .median = 1e-3}},
                                     2);
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome, Outcome::kFailed);
  EXPECT_EQ(results[0].message, "gpu/a was not measured");
}

}  // namespace
}  // namespace attune
