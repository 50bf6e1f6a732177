#include "testing/mirrored_run.h"

#include "attention/verification/verify.h"
#include "device/cpu/cpu_device.h"
#include "gtest/gtest.h"
#include "testing/planted_bugs.h"

namespace attune {
namespace {

Problem SmallProblem() {
  return {.dtype = Dtype::kFloat32,
          .batch = 1,
          .q_heads = 2,
          .kv_heads = 1,
          .q_len = 20,
          .kv_len = 20,
          .qk_dim = 16,
          .v_dim = 16,
          .mask = Mask::Causal()};
}

absl::Status RunAndVerify(PlantedBug bug) {
  CpuDevice device;
  AttentionInputs inputs(SmallProblem(), Direction::kForward, 1);
  const absl::Status status =
      RunMirrored(device, inputs, [&](const AttentionTensors& tensors, Stream&) {
        RunPlantedForward(SmallProblem(), std::get<ForwardTensors>(tensors), bug);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return VerifyForward(inputs, ExpectForward(inputs));
}

TEST(MirroredRunTest, ResultsComeBack) {
  const absl::Status status = RunAndVerify(PlantedBug::kNone);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(MirroredRunTest, WhatIsWrittenOutsideComesBackToo) {
  for (const PlantedBug bug : {PlantedBug::kWriteBehindTheTensor, PlantedBug::kChangedInput}) {
    EXPECT_EQ(RunAndVerify(bug).code(), absl::StatusCode::kDataLoss) << PlantedBugName(bug);
  }
}

TEST(MirroredRunTest, ErrorsOfTheRunAreReturned) {
  CpuDevice device;
  AttentionInputs inputs(SmallProblem(), Direction::kForward, 1);
  EXPECT_EQ(RunMirrored(device, inputs,
                        [](const AttentionTensors&, Stream&) { return absl::AbortedError("no"); })
                .code(),
            absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace attune
