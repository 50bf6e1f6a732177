// The same inputs give the same bits, run after run and replay after replay.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "attention/square_problem.h"
#include "attention/tuning/device_tensors.h"
#include "base/status_macros.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/graph.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"

namespace attune {
namespace {

// Causal tiles are the ones that are handed out as blocks become free, in another order each time.
std::vector<Problem> Problems() {
  std::vector<Problem> problems;
  for (const int64_t dim : {64, 128, 256}) {
    for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
      problems.push_back(SquareProblem(Dtype::kBfloat16, 4, 512 / dim * 4, 1000, dim, mask));
    }
  }
  problems.push_back(SquareProblem(Dtype::kFloat16, 2, 8, 2100, 128, Mask::Window(300, 0)));
  problems.push_back(SquareProblem(Dtype::kFloat32, 2, 4, 500, 64, Mask::Causal()));
  return problems;
}

using Outputs = std::pair<std::vector<uint8_t>, std::vector<uint8_t>>;

absl::StatusOr<Outputs> CopyOutputs(const DeviceTensors& tensors) {
  ATTUNE_ASSIGN_OR_RETURN(std::vector<uint8_t> out, tensors.CopyToHost(TensorRole::kOut));
  ATTUNE_ASSIGN_OR_RETURN(std::vector<uint8_t> log_sum_exp,
                          tensors.CopyToHost(TensorRole::kLogSumExp));
  return Outputs(std::move(out), std::move(log_sum_exp));
}

// How many of `count` times after the first `run` leaves other outputs than the first.
absl::StatusOr<int> CountDifferent(DeviceTensors& tensors, int count,
                                   const std::function<absl::Status()>& run) {
  ATTUNE_RETURN_IF_ERROR(run());
  ATTUNE_ASSIGN_OR_RETURN(const Outputs first, CopyOutputs(tensors));
  int different = 0;
  for (int i = 0; i < count; ++i) {
    ATTUNE_RETURN_IF_ERROR(tensors.PoisonOutputs());
    ATTUNE_RETURN_IF_ERROR(run());
    ATTUNE_ASSIGN_OR_RETURN(const Outputs again, CopyOutputs(tensors));
    different += again == first ? 0 : 1;
  }
  return different;
}

absl::StatusOr<int> CountDifferentRuns(const Problem& problem, int count) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, PlanOnGpu(problem));
  ATTUNE_ASSIGN_OR_RETURN(DeviceTensors tensors,
                          DeviceTensors::Create(problem, Direction::kForward, *device, 1));
  return CountDifferent(tensors, count, [&] { return plan.Run(tensors.Bind()); });
}

absl::StatusOr<int> CountDifferentReplays(const Problem& problem, int count) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, PlanOnGpu(problem));
  ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const cuda, AsCudaDevice(*device));
  ATTUNE_ASSIGN_OR_RETURN(const auto stream, CudaStream::Create(cuda->context()));
  ATTUNE_ASSIGN_OR_RETURN(DeviceTensors tensors,
                          DeviceTensors::Create(problem, Direction::kForward, *device, 1));
  ATTUNE_ASSIGN_OR_RETURN(const Graph graph, Graph::Capture(*stream, [&](Stream& captured) {
                            return plan.Run(tensors.Bind(), captured);
                          }));
  return CountDifferent(tensors, count, [&]() -> absl::Status {
    ATTUNE_RETURN_IF_ERROR(graph.Replay(*stream));
    return stream->Synchronize();
  });
}

TEST(GpuDeterminismTest, RunsGiveTheSameBits) {
  for (const Problem& problem : Problems()) {
    const absl::StatusOr<int> different = CountDifferentRuns(problem, 20);
    ASSERT_TRUE(different.ok()) << problem.ToString() << ": " << different.status();
    EXPECT_EQ(*different, 0) << problem.ToString();
  }
}

TEST(GpuDeterminismTest, AThousandReplaysGiveTheSameBits) {
  for (const Problem& problem : {SquareProblem(Dtype::kBfloat16, 2, 8, 600, 64, Mask::Causal()),
                                 SquareProblem(Dtype::kBfloat16, 1, 8, 1100, 128, Mask::Causal()),
                                 SquareProblem(Dtype::kFloat16, 1, 4, 700, 256, Mask::Full())}) {
    const absl::StatusOr<int> different = CountDifferentReplays(problem, 1000);
    ASSERT_TRUE(different.ok()) << problem.ToString() << ": " << different.status();
    EXPECT_EQ(*different, 0) << problem.ToString();
  }
}

}  // namespace
}  // namespace attune
