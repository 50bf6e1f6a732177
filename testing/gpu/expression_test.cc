// A user's own score modifiers and masks, as expressions that are compiled into the kernel and as
// functions that the reference calls.
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "attention/square_problem.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"
#include "testing/mirrored_run.h"

namespace attune {
namespace {

Problem Base(Dtype dtype) {
  Problem problem = SquareProblem(dtype, 2, 4, 190, 64);
  problem.kv_heads = 2;
  problem.kv_len = 250;
  return problem;
}

// A slope for each head, along the distance.
void AddBias(Problem& problem) {
  problem.score_expression = "score + 0.05f * bias[h] * (kv - q)";
  problem.buffers.push_back({.name = "bias", .extent = problem.q_heads});
  const size_t bias = problem.buffers.size() - 1;
  problem.score_function = [bias](const ScorePoint& at) {
    return at.score + double{0.05f} * at.buffers[bias][at.h] * static_cast<double>(at.kv - at.q);
  };
}

// Keys of another document are not seen.
void AddDocuments(Problem& problem) {
  problem.mask_expression = "document[q] == document[kv]";
  problem.buffers.push_back({.name = "document",
                             .element = BufferElement::kInt32,
                             .extent = std::max(problem.q_len, problem.kv_len)});
  const size_t document = problem.buffers.size() - 1;
  problem.mask_function = [document](const ScorePoint& at) {
    return at.buffers[document][at.q] == at.buffers[document][at.kv];
  };
}

class EveryDtypeExpression : public testing::TestWithParam<Dtype> {};

INSTANTIATE_TEST_SUITE_P(Dtypes, EveryDtypeExpression,
                         testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(EveryDtypeExpression, ScoresAndMasksReadTheirBuffers) {
  Problem score = Base(GetParam());
  AddBias(score);
  Problem mask = Base(GetParam());
  AddDocuments(mask);
  Problem both = Base(GetParam());
  AddDocuments(both);
  AddBias(both);
  for (const Problem& problem : {score, mask, both}) {
    const absl::Status status = RunAndVerify(problem, 31);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST_P(EveryDtypeExpression, TheyFollowTheBuiltInOnesInEverySequence) {
  Problem problem = Base(GetParam());
  problem.batch = 5;
  problem.packed = Packed{.total_q_len = 500, .total_kv_len = 700};
  problem.mask = Mask::Causal();
  problem.soft_cap = 20;
  problem.alibi = true;
  AddBias(problem);
  problem.score_expression += " + 0.25f * (b % 3) - 0.125f * kv_h";
  problem.score_function = [bias = problem.score_function](const ScorePoint& at) {
    return bias(at) + 0.25 * static_cast<double>(at.b % 3) - 0.125 * static_cast<double>(at.kv_h);
  };
  problem.mask_expression = "kv % 3 != 1 || kv_len - kv < q_len / 2";
  problem.mask_function = [](const ScorePoint& at) {
    return at.kv % 3 != 1 || at.kv_len - at.kv < at.q_len / 2;
  };
  const absl::Status status = RunAndVerify(problem, 32);
  EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
}

TEST(GpuExpressionTest, RowsThatAMaskLeavesNothingGiveZerosAndMinusInfinity) {
  Problem problem = Base(Dtype::kBfloat16);
  problem.mask_expression = "q % 2 == 0 && kv > 200";
  problem.mask_function = [](const ScorePoint& at) { return at.q % 2 == 0 && at.kv > 200; };
  const absl::Status status = RunAndVerify(problem, 33);
  EXPECT_TRUE(status.ok()) << status;
}

// What the GPU computes is not what the function says.
TEST(GpuExpressionTest, FunctionsThatDifferFromTheirExpressionsAreCaught) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    Problem score = Base(dtype);
    AddBias(score);
    score.score_expression =
        "score + 0.05f * bias[h] * (kv - q - 1)";  // same for all keys of a row
    Problem mask = Base(dtype);
    AddDocuments(mask);
    mask.mask_expression = "document[q] == document[kv] || kv == 0";
    for (const Problem& problem : {score, mask}) {
      EXPECT_EQ(RunAndVerify(problem, 34).code(), absl::StatusCode::kDataLoss)
          << problem.ToString();
    }
  }
}

TEST(GpuExpressionTest, ErrorsPointIntoTheExpression) {
  Problem problem = Base(Dtype::kBfloat16);
  problem.score_expression = "score + bais[h]";
  problem.buffers = {{.name = "bias", .extent = problem.q_heads}};
  const absl::Status status = PlanOnGpu(problem).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "score_modifier(1)")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "bais")) << status;
}

}  // namespace
}  // namespace attune
