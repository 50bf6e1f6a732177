#include "attention/tuning/attention_experiment.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "attention/cpu/cpu_backward_family.h"
#include "attention/cpu/cpu_forward_family.h"
#include "attention/testing_family.h"
#include "attention/tuning/verification_case.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/planted_bugs.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kSeed = 11;

// Longer than the problem that candidates are verified on whole.
Problem LongProblem(Dtype dtype = Dtype::kFloat32) {
  return {.dtype = dtype,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 250,
          .kv_len = 620,
          .qk_dim = 8,
          .v_dim = 16,
          .mask = Mask::Causal()};
}

bool IsLong(const Problem& problem) { return problem.q_len == LongProblem().q_len; }

TestingFamily::Compute Planted(PlantedBug when_short, PlantedBug when_long) {
  return [=](const Problem& problem, const AttentionTensors& tensors, void*) {
    const PlantedBug bug = IsLong(problem) ? when_long : when_short;
    if (const auto* forward = std::get_if<ForwardTensors>(&tensors)) {
      RunPlantedForward(problem, *forward, bug);
    } else {
      RunPlantedBackward(problem, std::get<BackwardTensors>(tensors), bug);
    }
    return absl::OkStatus();
  };
}

absl::Status Verdict(const AttentionFamily& family, const Problem& problem) {
  CpuDevice device;
  VerificationCases cases;
  auto experiment = AttentionExperiment::Create(family, problem, device, cases, kSeed);
  if (!experiment.ok()) return experiment.status();
  auto candidate = (*experiment)->Prepare(family.space().Default());
  if (!candidate.ok()) return candidate.status();
  return (*candidate)->Verify();
}

absl::Status VerdictOn(TestingFamily::Compute compute, Direction direction,
                       const Problem& problem = LongProblem()) {
  TestingFamily family("planted", direction);
  family.set_workspace_bytes(100);
  family.set_compute(std::move(compute));
  return Verdict(family, problem);
}

void ExpectWrong(const absl::Status& verdict, const std::string& why) {
  EXPECT_EQ(verdict.code(), absl::StatusCode::kDataLoss) << verdict;
  EXPECT_THAT(std::string(verdict.message()), HasSubstr(why));
}

TEST(AttentionExperimentTest, CorrectKernelsPass) {
  const auto correct = Planted(PlantedBug::kNone, PlantedBug::kNone);
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const Problem problem = LongProblem(dtype);
    EXPECT_EQ(VerdictOn(correct, Direction::kForward, problem), absl::OkStatus());
    EXPECT_EQ(VerdictOn(correct, Direction::kBackward, problem), absl::OkStatus());
    EXPECT_EQ(Verdict(CpuForwardFamily(), problem), absl::OkStatus());
    EXPECT_EQ(Verdict(CpuBackwardFamily(), problem), absl::OkStatus());
  }
}

TEST(AttentionExperimentTest, CorrectKernelsPassWithScoreModifiersAndEmptyRows) {
  Problem problem = LongProblem();
  problem.alibi = true;
  problem.soft_cap = 30;
  problem.q_len = 700;
  problem.mask = Mask::Causal();
  EXPECT_EQ(Verdict(CpuForwardFamily(), problem), absl::OkStatus());
  EXPECT_EQ(Verdict(CpuBackwardFamily(), problem), absl::OkStatus());
}

// One experiment judges all of `bugs`, on the short problem.
void ExpectAllWrong(Direction direction, const std::vector<PlantedBug>& bugs) {
  PlantedBug bug = PlantedBug::kNone;
  TestingFamily family("planted", direction);
  family.set_compute([&](const Problem& problem, const AttentionTensors& tensors, void* workspace) {
    return Planted(bug, PlantedBug::kNone)(problem, tensors, workspace);
  });
  CpuDevice device;
  VerificationCases cases;
  auto experiment = AttentionExperiment::Create(family, LongProblem(), device, cases, kSeed);
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  auto candidate = (*experiment)->Prepare(family.space().Default());
  ASSERT_TRUE(candidate.ok()) << candidate.status();
  for (const PlantedBug each : bugs) {
    bug = each;
    EXPECT_EQ((*candidate)->Verify().code(), absl::StatusCode::kDataLoss) << PlantedBugName(bug);
  }
  bug = PlantedBug::kNone;
  EXPECT_EQ((*candidate)->Verify(), absl::OkStatus());
}

TEST(AttentionExperimentTest, EveryBugIsAWrongResult) {
  ExpectAllWrong(Direction::kForward, ForwardBugs());
  ExpectAllWrong(Direction::kBackward, BackwardBugs());
}

TEST(AttentionExperimentTest, ATileLeftOutOfTheLongProblemOnlyIsAWrongResult) {
  const auto bug = Planted(PlantedBug::kNone, PlantedBug::kUnwrittenTile);
  ExpectWrong(VerdictOn(bug, Direction::kForward), "was not written");
  ExpectWrong(VerdictOn(bug, Direction::kBackward), "was not written");
}

TEST(AttentionExperimentTest, ForwardThatIsWrongAtLongLengthsOnlyIsAWrongResult) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kBfloat16}) {
    for (const PlantedBug bug : {PlantedBug::kMaskOffByOne, PlantedBug::kMissingRescale}) {
      ExpectWrong(
          VerdictOn(Planted(PlantedBug::kNone, bug), Direction::kForward, LongProblem(dtype)),
          "rows drawn at random");
    }
  }
}

TEST(AttentionExperimentTest, AWorkspaceIsPoisonedAndItsEndGuarded) {
  const auto correct = Planted(PlantedBug::kNone, PlantedBug::kNone);
  uint8_t held = 0;
  const auto reads = [&](const Problem& problem, const AttentionTensors& tensors, void* workspace) {
    if (!IsLong(problem)) held = static_cast<uint8_t*>(workspace)[99];
    return correct(problem, tensors, workspace);
  };
  EXPECT_EQ(VerdictOn(reads, Direction::kForward), absl::OkStatus());
  EXPECT_EQ(held, 0xff);
  const auto writes = [&](const Problem& problem, const AttentionTensors& tensors,
                          void* workspace) {
    if (!IsLong(problem)) static_cast<uint8_t*>(workspace)[100] = 0;
    return correct(problem, tensors, workspace);
  };
  ExpectWrong(VerdictOn(writes, Direction::kForward), "workspace: byte 100 of 100");
}

TEST(AttentionExperimentTest, WhatTheFamilyDoesNotSupportIsNotOpened) {
  TestingFamily family("planted");
  family.set_supports(absl::UnimplementedError("needs sm_90"));
  EXPECT_EQ(Verdict(family, LongProblem()).code(), absl::StatusCode::kUnimplemented);
}

TEST(AttentionExperimentTest, TimedRunsRotateThroughSetsOfInputs) {
  std::vector<const void*> queries;
  TestingFamily family("planted");
  family.set_compute([&](const Problem&, const AttentionTensors& tensors, void*) {
    queries.push_back(std::get<ForwardTensors>(tensors).query);
    return absl::OkStatus();
  });
  CpuDevice device;
  VerificationCases cases;
  auto experiment = AttentionExperiment::Create(family, LongProblem(), device, cases, kSeed);
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  auto candidate = (*experiment)->Prepare(family.space().Default());
  ASSERT_TRUE(candidate.ok()) << candidate.status();
  const auto stream = device.CreateStream();
  for (int run = 0; run < 4; ++run) ASSERT_TRUE((*candidate)->Launch(**stream).ok());
  EXPECT_NE(queries[0], queries[1]);
  EXPECT_EQ(queries[0], queries[2]);
  EXPECT_EQ(queries[1], queries[3]);
}

}  // namespace
}  // namespace attune
