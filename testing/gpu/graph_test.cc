// A plan's run is captured in a CUDA graph and replayed.
#include "device/cuda/graph.h"

#include <gtest/gtest.h>

#include <memory>

#include "attention/square_problem.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "device/cuda/cuda_device.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"
#include "testing/mirrored_run.h"

namespace attune {
namespace {

TEST(GpuGraphTest, CapturedRunGivesTheSameNumbersAtEachReplay) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const auto cuda = AsCudaDevice(**device);
  ASSERT_TRUE(cuda.ok()) << cuda.status();
  const auto stream = CudaStream::Create((*cuda)->context());
  ASSERT_TRUE(stream.ok()) << stream.status();
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kBfloat16}) {
    const Problem problem = SquareProblem(dtype, 2, 4, 200, 64, Mask::Causal());
    const auto plan = PlanOnGpu(problem);
    ASSERT_TRUE(plan.ok()) << plan.status();
    AttentionInputs inputs(problem, Direction::kForward, 1);
    const ForwardExpectation expectation = ExpectForward(inputs);
    const absl::Status run =
        RunMirrored(**device, inputs, [&](const AttentionTensors& tensors, Stream&) {
          // Captured at once: were it to allocate or wait, the capture would fail.
          const auto graph = Graph::Capture(
              **stream, [&](Stream& captured) { return plan->Run(tensors, captured); });
          if (!graph.ok()) return graph.status();
          EXPECT_GE(graph->nodes(), 1);
          for (int replay = 0; replay < 3; ++replay) {
            const absl::Status status = graph->Replay(**stream);
            if (!status.ok()) return status;
          }
          return (*stream)->Synchronize();
        });
    ASSERT_TRUE(run.ok()) << problem.ToString() << ": " << run;
    const absl::Status verdict = VerifyForward(inputs, expectation);
    EXPECT_TRUE(verdict.ok()) << problem.ToString() << ": " << verdict;
  }
}

}  // namespace
}  // namespace attune
