// The verification of GPU runs sees bugs: the GPU is made to compute another problem than the one
// that is judged.
#include <gtest/gtest.h>

#include <functional>

#include "attention/square_problem.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"
#include "testing/mirrored_run.h"

namespace attune {
namespace {

struct PlantedOnGpu {
  const char* name;
  std::function<void(Problem& problem)> plant;
};

void PrintTo(const PlantedOnGpu& bug, std::ostream* out) { *out << bug.name; }

// One batch and strides of its own, so that the other problem's tensors lie where this one's do.
Problem Judged(Dtype dtype) {
  Problem problem = SquareProblem(dtype, 1, 4, 200, 64, Mask::Causal());
  problem.kv_heads = 2;
  problem.query_strides = QueryStrides(problem);
  problem.key_strides = KeyStrides(problem);
  problem.value_strides = ValueStrides(problem);
  problem.out_strides = OutStrides(problem);
  return problem;
}

// What verification says when the GPU computes what `plant` makes of the problem.
absl::Status Verdict(Dtype dtype, const std::function<void(Problem&)>& plant) {
  const auto device = SharedGpu();
  if (!device.ok()) return device.status();
  const Problem judged = Judged(dtype);
  Problem computed = judged;
  plant(computed);
  const auto plan = PlanOnGpu(computed);
  if (!plan.ok()) return plan.status();
  AttentionInputs inputs(judged, Direction::kForward, 1);
  const absl::Status run = RunMirrored(
      **device, inputs,
      [&](const AttentionTensors& tensors, Stream& stream) { return plan->Run(tensors, stream); });
  if (!run.ok()) return run;
  return VerifyForward(inputs, ExpectForward(inputs));
}

class PlantedBugsOnGpu : public testing::TestWithParam<PlantedOnGpu> {};

TEST_P(PlantedBugsOnGpu, IsCaught) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    EXPECT_EQ(Verdict(dtype, GetParam().plant).code(), absl::StatusCode::kDataLoss)
        << NameOf(dtype);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bugs, PlantedBugsOnGpu,
    testing::Values(
        PlantedOnGpu{"MaskOffByOne", [](Problem& p) { p.mask.right = 1; }},
        PlantedOnGpu{"MaskLeftOut", [](Problem& p) { p.mask = Mask::Full(); }},
        PlantedOnGpu{"OneKeyOfOneRowLeftOut", [](Problem& p) { p.mask.left = p.kv_len - 2; }},
        PlantedOnGpu{"WrongScale", [](Problem& p) { p.softmax_scale = 1.01 * SoftmaxScale(p); }},
        PlantedOnGpu{"WrongGroups", [](Problem& p) { p.kv_heads = 1; }},
        PlantedOnGpu{"UnwrittenTile",
                     [](Problem& p) {
                       p.q_len -= 8;
                       p.mask.alignment = Alignment::kTopLeft;
                     }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(PlantedBugsOnGpuTest, WithoutABugTheVerdictIsGood) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const absl::Status verdict = Verdict(dtype, [](Problem&) {});
    EXPECT_TRUE(verdict.ok()) << NameOf(dtype) << ": " << verdict;
  }
}

}  // namespace
}  // namespace attune
