#include "attention/tuning/sampled_rows.h"

#include <limits>
#include <string>
#include <utility>

#include "attention/attention.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr int kRows = 6;
const ForwardTolerance kTolerance = {CpuFloat32Tolerance(), CpuFloat32Tolerance()};

Problem SmallProblem() {
  return {.dtype = Dtype::kFloat32,
          .batch = 2,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 30,
          .kv_len = 50,
          .qk_dim = 16,
          .v_dim = 24,
          .mask = Mask::Causal()};
}

class SampledRowsTest : public ::testing::Test {
 protected:
  // The tensors after a run.
  DeviceTensors RunOn(const Problem& problem) {
    auto tensors = DeviceTensors::Create(problem, Direction::kForward, device_, 3);
    const TuningCache cache({});
    const auto plan = Attention::Plan(problem, {.device = &device_, .cache = &cache});
    EXPECT_TRUE(tensors.ok() && plan.ok());
    EXPECT_EQ(plan->Run(tensors->Bind()), absl::OkStatus());
    return std::move(tensors).value();
  }
  absl::Status Check(const Problem& problem, const DeviceTensors& tensors) {
    const auto rows = SampledRows::Draw(problem, tensors, kRows, 5, kTolerance);
    if (!rows.ok()) return rows.status();
    const auto outputs = tensors.CopyOutputsToHost();
    return outputs.ok() ? rows->Check(*outputs) : outputs.status();
  }

  CpuDevice device_;
};

TEST_F(SampledRowsTest, RightRowsPassInEveryLayoutAndWithAlibi) {
  Problem problem = SmallProblem();
  EXPECT_EQ(Check(problem, RunOn(problem)), absl::OkStatus());
  problem.layout = Layout::kBatchHeadLength;
  problem.alibi = true;
  EXPECT_EQ(Check(problem, RunOn(problem)), absl::OkStatus());
}

// The first and the last row are always among those drawn.
TEST_F(SampledRowsTest, AWrongElementOfALastRowIsFound) {
  const Problem problem = SmallProblem();
  const DeviceTensors tensors = RunOn(problem);
  const auto out = std::get<ForwardTensors>(tensors.Bind());
  float& last = static_cast<float*>(out.out)[OutExtent(problem) - 1];
  last += 0.01f;
  absl::Status status = Check(problem, tensors);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("out, of rows drawn at random"));
  last -= 0.01f;
  out.log_sum_exp[0] += 0.01f;
  status = Check(problem, tensors);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("log_sum_exp, of rows drawn at random"));
}

TEST_F(SampledRowsTest, RowsThatSeeNoKeyMustBeMinusInfinity) {
  Problem problem = SmallProblem();
  problem.q_len = 60;
  const DeviceTensors tensors = RunOn(problem);
  EXPECT_EQ(Check(problem, tensors), absl::OkStatus());
  float& first = std::get<ForwardTensors>(tensors.Bind()).log_sum_exp[0];
  EXPECT_EQ(first, -std::numeric_limits<float>::infinity());
  first = 0;
  EXPECT_EQ(Check(problem, tensors).code(), absl::StatusCode::kDataLoss);
}

TEST_F(SampledRowsTest, RowsOfPackedSequencesAreTheirOwn) {
  Problem problem = SmallProblem();
  problem.batch = 5;
  problem.packed = Packed{.total_q_len = 70, .total_kv_len = 260};  // keys leave rows unused
  for (const Layout layout : {Layout::kBatchLengthHead, Layout::kBatchHeadLength}) {
    problem.layout = layout;
    const DeviceTensors tensors = RunOn(problem);
    auto outputs = tensors.CopyOutputsToHost();
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    EXPECT_EQ(tensors.CheckAllWritten(*outputs), absl::OkStatus());
    const auto rows = SampledRows::Draw(problem, tensors, 40, 5, kTolerance);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->Check(*outputs), absl::OkStatus());
    std::get<ForwardTensors>(tensors.Bind()).log_sum_exp[0] += 0.01f;
    outputs = tensors.CopyOutputsToHost();
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    EXPECT_EQ(rows->Check(*outputs).code(), absl::StatusCode::kDataLoss);
  }
}

TEST_F(SampledRowsTest, NoRowsPass) {
  Problem problem = SmallProblem();
  problem.q_len = 0;
  EXPECT_EQ(Check(problem, RunOn(problem)), absl::OkStatus());
}

}  // namespace
}  // namespace attune
