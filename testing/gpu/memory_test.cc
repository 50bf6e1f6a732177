// Device memory: foretold exactly, linear in the length, given back.
#include <gtest/gtest.h>

#include <utility>

#include "attention/square_problem.h"
#include "attention/tuning/device_tensors.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"

namespace attune {
namespace {

class GpuMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto device = SharedGpu();
    ASSERT_TRUE(device.ok()) << device.status();
    device_ = *device;
  }

  // The most that tensors, plan and one run hold at once, as counted by the device.
  absl::StatusOr<int64_t> PeakOfARun(const Problem& problem) {
    const int64_t before = device_->memory_usage().current_bytes;
    device_->ResetPeakMemory();
    const auto tensors = DeviceTensors::Create(problem, Direction::kForward, *device_, 1);
    if (!tensors.ok()) return tensors.status();
    const auto plan = PlanOnGpu(problem);
    if (!plan.ok()) return plan.status();
    const absl::Status run = plan->Run(tensors->Bind());
    if (!run.ok()) return run;
    return device_->memory_usage().peak_bytes - before;
  }

  Device* device_ = nullptr;
};

TEST_F(GpuMemoryTest, EstimateIsWhatARunAllocates) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    for (const Problem& problem :
         {SquareProblem(dtype, 1, 4, 128, 64), SquareProblem(dtype, 2, 8, 512, 64),
          SquareProblem(dtype, 4, 16, 1024, 64)}) {
      const auto estimate = Attention::EstimateMemory(problem, {.device = device_});
      ASSERT_TRUE(estimate.ok()) << estimate.status();
      const auto peak = PeakOfARun(problem);
      ASSERT_TRUE(peak.ok()) << problem.ToString() << ": " << peak.status();
      EXPECT_EQ(*peak, estimate->tensor_bytes + estimate->workspace_bytes) << problem.ToString();
    }
  }
}

TEST_F(GpuMemoryTest, PeakIsBelowTwiceTheTensorsAndLinearInTheLength) {
  int64_t of_half = 0;
  for (const int64_t length : {256, 512, 1024, 2048, 4096, 8192}) {
    const Problem problem = SquareProblem(Dtype::kBfloat16, 1, 8, length, 64, Mask::Causal());
    const auto peak = PeakOfARun(problem);
    ASSERT_TRUE(peak.ok()) << problem.ToString() << ": " << peak.status();
    EXPECT_LT(*peak, 2 * TensorBytes(problem, Direction::kForward)) << problem.ToString();
    if (of_half != 0) {
      EXPECT_LE(*peak, 2 * of_half) << problem.ToString();
    }
    of_half = *peak;
  }
}

TEST_F(GpuMemoryTest, TheDriverSeesNoMoreThanThat) {
  // Large enough that the driver's grain of 2 MiB per allocation does not count.
  const Problem problem = SquareProblem(Dtype::kBfloat16, 4, 16, 2048, 128, Mask::Causal());
  ASSERT_TRUE(PeakOfARun(problem).ok());  // what the driver keeps for kernels once they have run
  const auto before = FreeDeviceBytes();
  const auto tensors = DeviceTensors::Create(problem, Direction::kForward, *device_, 1);
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  const auto plan = PlanOnGpu(problem);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const absl::Status run = plan->Run(tensors->Bind());
  ASSERT_TRUE(run.ok()) << run;
  const auto during = FreeDeviceBytes();
  ASSERT_TRUE(before.ok() && during.ok()) << before.status() << during.status();
  EXPECT_LT(*before - *during, 2 * TensorBytes(problem, Direction::kForward));
}

TEST_F(GpuMemoryTest, RepeatedPlansLeaveFreeMemoryWhereItWas) {
  const Problem problem = SquareProblem(Dtype::kFloat16, 2, 4, 512, 64, Mask::Causal());
  ASSERT_TRUE(PeakOfARun(problem).ok());
  const int64_t held = device_->memory_usage().current_bytes;
  const auto before = FreeDeviceBytes();
  for (int i = 0; i < 50; ++i) {
    const auto peak = PeakOfARun(problem);
    ASSERT_TRUE(peak.ok()) << peak.status();
  }
  const auto after = FreeDeviceBytes();
  ASSERT_TRUE(before.ok() && after.ok()) << before.status() << after.status();
  EXPECT_EQ(*after, *before);
  EXPECT_EQ(device_->memory_usage().current_bytes, held);
}

TEST_F(GpuMemoryTest, OutOfMemorySaysHowMuchWasNeededAndHowMuchThereWas) {
  const Problem problem =
      SquareProblem(Dtype::kFloat32, 1 << 14, 64, 1 << 14, 128);  // 8 TiB a tensor
  const auto estimate = Attention::EstimateMemory(problem, {.device = device_});
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  const absl::Status status = device_->Allocate(estimate->tensor_bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_NE(status.message().find(std::to_string(estimate->tensor_bytes)), absl::string_view::npos)
      << status;
}

}  // namespace
}  // namespace attune
