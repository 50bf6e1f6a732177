#include "attention/tuning/device_tensors.h"

#include <set>
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

  absl::Status CheckAllWritten(const DeviceTensors& tensors) {
    const auto outputs = tensors.CopyOutputsToHost();
    return outputs.ok() ? tensors.CheckAllWritten(*outputs) : outputs.status();
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
  const auto second_set = DeviceTensors::Create(kProblem, Direction::kForward, device_, 1, 1);
  ASSERT_TRUE(second_set.ok()) << second_set.status();
  EXPECT_NE(*second_set->CopyToHost(TensorRole::kQuery), query(1));
  const DeviceTensors tensors = MustCreate(Direction::kForward);
  EXPECT_NE(*tensors.CopyToHost(TensorRole::kKey), *tensors.CopyToHost(TensorRole::kValue));
}

TEST_F(DeviceTensorsTest, NoTwoRowsOfALongTensorAreAlike) {
  const Problem problem = {.dtype = Dtype::kFloat32,
                           .q_heads = 1,
                           .kv_heads = 1,
                           .q_len = 1 << 14,
                           .kv_len = 8,
                           .qk_dim = 128,
                           .v_dim = 8};
  const auto tensors = DeviceTensors::Create(problem, Direction::kForward, device_, 1);
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  const std::vector<uint8_t> query = *tensors->CopyToHost(TensorRole::kQuery);
  std::set<float> first_elements;
  for (int64_t row = 0; row < problem.q_len; ++row) {
    first_elements.insert(LoadElement(problem.dtype, query.data(), row * problem.qk_dim));
  }
  // A power of two in place of the prime would leave 2^20 / 128 of them.
  EXPECT_GT(first_elements.size(), 16300u);
}

TEST_F(DeviceTensorsTest, OutputsAreCopiedIntoTheMemoryOfTheRunBefore) {
  const DeviceTensors tensors = MustCreate(Direction::kForward);
  auto outputs = tensors.CopyOutputsToHost();
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  const uint8_t* memory = outputs->at(TensorRole::kOut).data();
  Run(tensors, Direction::kForward);
  ASSERT_EQ(tensors.CopyOutputsTo(*outputs), absl::OkStatus());
  EXPECT_EQ(outputs->at(TensorRole::kOut).data(), memory);
  EXPECT_EQ(outputs->at(TensorRole::kOut), *tensors.CopyToHost(TensorRole::kOut));
}

TEST_F(DeviceTensorsTest, WhatARunDidNotWriteIsNamed) {
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    DeviceTensors tensors = MustCreate(direction);
    ASSERT_EQ(tensors.PoisonOutputs(), absl::OkStatus());
    const absl::Status status = CheckAllWritten(tensors);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(
        std::string(status.message()),
        HasSubstr(direction == Direction::kForward ? "out element 0 of" : "d_query element 0 of"));
    Run(tensors, direction);
    EXPECT_EQ(CheckAllWritten(tensors), absl::OkStatus());
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
