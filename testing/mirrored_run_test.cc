#include "testing/mirrored_run.h"

#include <algorithm>
#include <cstdint>

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

constexpr int64_t kWorkspaceBytes = 100;
constexpr uint8_t kPrepared = 7;

bool HoldsNothingBut(uint8_t value, const void* workspace) {
  const auto* const bytes = static_cast<const uint8_t*>(workspace);
  return std::count(bytes, bytes + kWorkspaceBytes, value) == kWorkspaceBytes;
}

// Right, if its workspace was poisoned, then prepared, then given to the run.
class WorkspaceKernel : public AttentionKernel {
 public:
  int64_t workspace_bytes() const override { return kWorkspaceBytes; }
  Resources resources() const override { return {}; }
  absl::Status PrepareWorkspace(void* workspace, Device& device) const override {
    if (!HoldsNothingBut(0xff, workspace)) return absl::InternalError("no poison");
    return device.Fill(workspace, kPrepared, kWorkspaceBytes);
  }
  absl::Status Run(const AttentionTensors& tensors, void* workspace, Stream&) const override {
    if (workspace == nullptr || !HoldsNothingBut(kPrepared, workspace)) {
      return absl::InternalError("not prepared");
    }
    RunPlantedForward(SmallProblem(), std::get<ForwardTensors>(tensors), PlantedBug::kNone);
    return absl::OkStatus();
  }
};

TEST(MirroredRunTest, AKernelsWorkspaceIsPoisonedPreparedAndGivenToItsRun) {
  CpuDevice device;
  AttentionInputs inputs(SmallProblem(), Direction::kForward, 1);
  EXPECT_EQ(RunMirrored(WorkspaceKernel(), device, inputs), absl::OkStatus());
  EXPECT_EQ(VerifyForward(inputs, ExpectForward(inputs)), absl::OkStatus());
}

}  // namespace
}  // namespace attune
