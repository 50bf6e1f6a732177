#include "attention/tuning/attention_kernel_family.h"

#include <string>

#include "attention/testing_family.h"
#include "attention/workload.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

const Problem kProblem = {
    .dtype = Dtype::kFloat32, .q_len = 8, .kv_len = 8, .qk_dim = 16, .v_dim = 16};

class AttentionKernelFamilyTest : public ::testing::Test {
 protected:
  CpuDevice device_;
  TestingFamily attention_{"testing", Direction::kBackward};
  AttentionKernelFamily family_{attention_};
  Workload workload_ = WorkloadOf(kProblem, Direction::kBackward);
};

TEST_F(AttentionKernelFamilyTest, SpeaksForItsFamily) {
  EXPECT_EQ(family_.name(), "testing");
  EXPECT_EQ(family_.operator_name(), "attention_backward");
  EXPECT_EQ(family_.fingerprint(), attention_.fingerprint());
  EXPECT_EQ(&family_.space(), &attention_.space());
  EXPECT_EQ(family_.Supports(workload_, device_.info()), absl::OkStatus());
  attention_.set_supports(absl::UnimplementedError("needs sm_90"));
  EXPECT_EQ(family_.Supports(workload_, device_.info()), absl::UnimplementedError("needs sm_90"));
}

TEST_F(AttentionKernelFamilyTest, ItsModelGivesWhatConstraintsMayName) {
  attention_.set_workspace_bytes(123);
  const auto model = family_.Model(workload_, attention_.space().Default(), device_.info());
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->at("q_len"), 8);
  EXPECT_EQ(model->at("qk_dim"), 16);
  EXPECT_EQ(model->at("device_threads"), device_.info().Attribute("threads"));
  EXPECT_EQ(model->at("workspace_bytes"), 123);
}

TEST_F(AttentionKernelFamilyTest, WhatProblemAndDeviceSayIsFixed) {
  const auto fixed = family_.FixedVariables(workload_, device_.info());
  ASSERT_TRUE(fixed.ok()) << fixed.status();
  EXPECT_EQ(fixed->at("q_len"), 8);
  EXPECT_EQ(fixed->at("device_threads"), device_.info().Attribute("threads"));
  const auto model = family_.Model(workload_, attention_.space().Default(), device_.info());
  for (const auto& [name, value] : *fixed) EXPECT_EQ(model->at(name), value) << name;
}

TEST_F(AttentionKernelFamilyTest, OpensAnExperimentThatPreparesAndVerifies) {
  const auto experiment = family_.Open(workload_, device_, 1);
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  const auto candidate = (*experiment)->Prepare(attention_.space().Default());
  ASSERT_TRUE(candidate.ok()) << candidate.status();
  EXPECT_EQ((*candidate)->resources().at("tile"), 4);
  EXPECT_EQ((*candidate)->Verify().code(), absl::StatusCode::kDataLoss);  // It computes nothing.
}

TEST_F(AttentionKernelFamilyTest, WorkloadsOfOtherOperatorsAndMalformedOnesAreRefused) {
  const Workload forward = WorkloadOf(kProblem, Direction::kForward);
  const absl::Status status = family_.Supports(forward, device_.info());
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("testing computes attention_backward, not attention_forward"));
  workload_.sizes.erase("q_len");
  EXPECT_THAT(std::string(family_.Open(workload_, device_, 1).status().message()),
              HasSubstr("q_len"));
}

}  // namespace
}  // namespace attune
