#include "benchmarks/comparison.h"

#include "absl/strings/match.h"
#include "attention/testing_family.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

class ComparisonTest : public testing::Test {
 protected:
  TimedCase Case(const AttentionFamily& family, DeviceKind device, int64_t length,
                 std::vector<double> seconds) {
    return {.timed = {.problem = {.q_len = length, .kv_len = length, .qk_dim = 64, .v_dim = 64},
                      .family = &family},
            .device = device,
            .seconds = std::move(seconds)};
  }

  const TestingFamily cpu_{"cpu_forward"};
  const TestingFamily slow_cpu_{"slow_forward"};
  const TestingFamily gpu_{"gpu_forward"};
};

TEST_F(ComparisonTest, MediansAreComparedWithTheFastestOnTheCpu) {
  const std::vector<TimedCase> cases = {
      Case(slow_cpu_, DeviceKind::kCpu, 512, {9, 9, 9}),
      Case(cpu_, DeviceKind::kCpu, 512, {8, 100, 6}),
      Case(gpu_, DeviceKind::kCuda, 512, {2, 1, 50}),
  };
  const std::vector<Speedup> speedups = GpuOverCpu(cases);
  ASSERT_EQ(speedups.size(), 1u);
  EXPECT_EQ(speedups[0].problem, "forward/bf16/64/full/512/1x1");
  EXPECT_EQ(speedups[0].cpu_case, "forward/bf16/64/full/512/1x1/cpu_forward");
  EXPECT_DOUBLE_EQ(speedups[0].ratio(), 4);
  EXPECT_TRUE(absl::StrContains(SpeedupTable(speedups), "512/1x1/gpu_forward"));
}

TEST_F(ComparisonTest, OtherProblemsAreNoRivals) {
  const std::vector<TimedCase> cases = {Case(cpu_, DeviceKind::kCpu, 512, {8}),
                                        Case(gpu_, DeviceKind::kCuda, 1024, {2})};
  EXPECT_TRUE(GpuOverCpu(cases).empty());
}

}  // namespace
}  // namespace attune
