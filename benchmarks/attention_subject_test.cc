#include "benchmarks/attention_subject.h"

#include "attention/cpu/cpu_backward_family.h"
#include "attention/cpu/cpu_forward_family.h"
#include "device/cpu/cpu_device.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

const Problem kProblem = {.dtype = Dtype::kFloat32,
                          .batch = 1,
                          .q_heads = 2,
                          .kv_heads = 1,
                          .q_len = 32,
                          .kv_len = 32,
                          .qk_dim = 16,
                          .v_dim = 16};

template <typename Family>
void ExpectSamples() {
  CpuDevice device;
  const Family family;
  const AttentionCase timed = {
      .problem = kProblem, .family = &family, .configuration = family.space().Default()};
  const auto subject = AttentionSubject::Create(timed, device);
  ASSERT_TRUE(subject.ok()) << subject.status();
  const auto sample = (*subject)->Sample();
  ASSERT_TRUE(sample.ok()) << sample.status();
  EXPECT_GT(*sample, absl::ZeroDuration());
  EXPECT_EQ((*subject)->plan().family().name(), family.name());
  const MemoryEstimate memory = (*subject)->plan().memory();
  EXPECT_EQ((*subject)->peak_bytes(), memory.tensor_bytes + memory.workspace_bytes);
}

TEST(AttentionSubjectTest, ForwardIsSampledAndItsPeakMemoryIsTensorsAndWorkspace) {
  ExpectSamples<CpuForwardFamily>();
}

TEST(AttentionSubjectTest, BackwardIsSampledAndItsPeakMemoryIsTensorsAndWorkspace) {
  ExpectSamples<CpuBackwardFamily>();
}

TEST(AttentionSubjectTest, FamilyThatCannotSaysWhy) {
  CpuDevice device;
  const CpuForwardFamily family;
  AttentionCase timed = {.problem = kProblem, .family = &family};
  timed.problem.qk_dim = 17;
  EXPECT_FALSE(AttentionSubject::Create(timed, device).ok());
}

}  // namespace
}  // namespace attune
