#include "attention/tuning/device_tensors.h"

#include <string>
#include <utility>

#include "attention/attention.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

const Problem kProblem = {.dtype = Dtype::kFloat32,
                          .batch = 2,
                          .q_heads = 4,
                          .kv_heads = 2,
                          .q_len = 40,
                          .kv_len = 50,
                          .qk_dim = 16,
                          .v_dim = 24,
                          .mask = Mask::Causal(),
                          .alibi = true};

class DeviceTensorsTest : public ::testing::Test {
 protected:
  DeviceTensors MustCreate(Direction direction, uint64_t seed = 1) {
    auto tensors = DeviceTensors::Create(kProblem, direction, device_, seed);
    if (!tensors.ok()) ADD_FAILURE() << tensors.status();
    return std::move(tensors).value();
  }
  void Run(const DeviceTensors& tensors, Direction direction) {
    const TuningCache cache({});
    const auto plan =
        Attention::Plan(kProblem, {.direction = direction, .device = &device_, .cache = &cache});
    ASSERT_TRUE(plan.ok()) << plan.status();
    ASSERT_EQ(plan->Run(tensors.Bind()), absl::OkStatus());
  }

  CpuDevice device_;
};

TEST_F(DeviceTensorsTest, HoldsExactlyTheTensorsOfTheDirection) {
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    const DeviceTensors tensors = MustCreate(direction);
    EXPECT_EQ(device_.memory_usage().current_bytes, TensorBytes(kProblem, direction));
  }
  EXPECT_EQ(device_.memory_usage().current_bytes, 0);
}

TEST_F(DeviceTensorsTest, SeedsDecideTheInputs) {
  const auto query = [&](uint64_t seed) {
    return *MustCreate(Direction::kForward, seed).CopyToHost(TensorRole::kQuery);
  };
  EXPECT_EQ(query(1), query(1));
  EXPECT_NE(query(1), query(2));
  const DeviceTensors tensors = MustCreate(Direction::kForward);
  EXPECT_NE(*tensors.CopyToHost(TensorRole::kKey), *tensors.CopyToHost(TensorRole::kValue));
}

TEST_F(DeviceTensorsTest, WhatARunDidNotWriteIsNamed) {
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    DeviceTensors tensors = MustCreate(direction);
    ASSERT_EQ(tensors.PoisonOutputs(), absl::OkStatus());
    const absl::Status status = tensors.CheckAllWritten();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(
        std::string(status.message()),
        HasSubstr(direction == Direction::kForward ? "out element 0 of" : "d_query element 0 of"));
    Run(tensors, direction);
    EXPECT_EQ(tensors.CheckAllWritten(), absl::OkStatus());
  }
}

TEST_F(DeviceTensorsTest, BackwardReadsWhatForwardGave) {
  const DeviceTensors forward = MustCreate(Direction::kForward);
  Run(forward, Direction::kForward);
  const DeviceTensors backward = MustCreate(Direction::kBackward);
  for (const TensorRole role : {TensorRole::kQuery, TensorRole::kOut, TensorRole::kLogSumExp}) {
    EXPECT_EQ(*forward.CopyToHost(role), *backward.CopyToHost(role)) << TensorRoleName(role);
  }
}

}  // namespace
}  // namespace attune
