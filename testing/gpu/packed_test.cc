// Sequences of different lengths in one batch.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "attention/square_problem.h"
#include "attention/tuning/device_tensors.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/graph.h"
#include "numerics/random.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"
#include "testing/mirrored_run.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

Problem PackedSquare(Dtype dtype, int64_t batch, int64_t heads, int64_t longest, int64_t total,
                     const Mask& mask) {
  Problem problem = SquareProblem(dtype, batch, heads, longest, 64, mask);
  problem.packed = Packed{.total_q_len = total, .total_kv_len = total};
  return problem;
}

class EveryDtypePacked : public testing::TestWithParam<Dtype> {};

INSTANTIATE_TEST_SUITE_P(Dtypes, EveryDtypePacked,
                         testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(EveryDtypePacked, SequencesKeepToThemselves) {
  for (const Layout layout : {Layout::kBatchLengthHead, Layout::kBatchHeadLength}) {
    for (const Mask& mask : {Mask::Full(), Mask::Causal(), Mask::Window(40, 10)}) {
      for (const int64_t batch : {1, 5, 9}) {
        Problem problem = PackedSquare(GetParam(), batch, 4, 190, 190 + 80 * batch, mask);
        problem.kv_heads = 2;
        problem.layout = layout;
        const absl::Status status = RunAndVerify(problem, 21);
        EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
      }
    }
  }
}

TEST_P(EveryDtypePacked, QueriesAndKeysHaveLengthsOfTheirOwn) {
  Problem problem = PackedSquare(GetParam(), 7, 4, 130, 300, Mask::Causal());
  problem.kv_len = 290;
  problem.packed->total_kv_len = 900;
  problem.soft_cap = 30;
  problem.alibi = true;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    const absl::Status status = RunAndVerify(problem, seed);
    EXPECT_TRUE(status.ok()) << "seed " << seed << " " << problem.ToString() << ": " << status;
  }
}

TEST(GpuPackedTest, RowsOfNoSequenceAreLeftAlone) {
  const Problem problem = PackedSquare(Dtype::kBfloat16, 3, 4, 100, 500, Mask::Causal());
  const absl::Status status = RunAndVerify(problem, 22);
  EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
}

TEST(GpuPackedTest, LongSequencesBesideShortOnesAreRight) {
  const Problem problem = PackedSquare(Dtype::kBfloat16, 64, 8, 8192, 32768, Mask::Causal());
  const absl::Status status = RunAndVerifyRows(problem, 23);
  EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
}

TEST(GpuPackedTest, RandomProblemsMatchTheReference) {
  constexpr uint64_t kSeed = 24;
  int packed = 0;
  for (uint64_t number = 0; packed < 16; ++number) {
    RandomProblemOptions options;
    options.min_head_dim = options.max_head_dim = number % 2 == 0 ? 64 : 40;
    options.scale = false;
    options.max_batch = 6;
    const Problem problem = RandomProblem(RandomBits(kSeed, number), options);
    if (!problem.packed) continue;
    ++packed;
    const absl::Status status = RunAndVerify(problem, number);
    EXPECT_TRUE(status.ok()) << "seed " << kSeed << " number " << number << ": "
                             << problem.ToString() << ": " << status;
  }
}

// The lengths are read by the kernel, so that a captured run follows the next batch's.
TEST(GpuPackedTest, ReplayedGraphFollowsTheLengthsThatStandThere) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const auto cuda = AsCudaDevice(**device);
  ASSERT_TRUE(cuda.ok()) << cuda.status();
  const auto stream = CudaStream::Create((*cuda)->context());
  ASSERT_TRUE(stream.ok()) << stream.status();
  const Problem problem = PackedSquare(Dtype::kBfloat16, 6, 4, 150, 400, Mask::Causal());
  const auto plan = PlanOnGpu(problem);
  ASSERT_TRUE(plan.ok()) << plan.status();
  AttentionInputs inputs(problem, Direction::kForward, 1);
  const std::vector<int32_t> none(static_cast<size_t>(problem.batch + 1), 0);
  const int64_t bytes = static_cast<int64_t>(none.size() * sizeof(int32_t));
  const absl::Status run =
      RunMirrored(**device, inputs, [&](const AttentionTensors& tensors, Stream&) {
        const auto& forward = std::get<ForwardTensors>(tensors);
        auto* lengths = const_cast<int32_t*>(forward.cumulative_query_lengths);
        absl::Status status = (*device)->CopyToDevice(lengths, none.data(), bytes);
        if (!status.ok()) return status;
        const auto graph = Graph::Capture(
            **stream, [&](Stream& captured) { return plan->Run(tensors, captured); });
        if (!graph.ok()) return graph.status();
        status = (*device)->CopyToDevice(lengths, inputs.lengths().query.data(), bytes);
        if (!status.ok()) return status;
        status = graph->Replay(**stream);
        return status.ok() ? (*stream)->Synchronize() : status;
      });
  ASSERT_TRUE(run.ok()) << run;
  const absl::Status verdict = VerifyForward(inputs, ExpectForward(inputs));
  EXPECT_TRUE(verdict.ok()) << verdict;
}

// The GPU is given the lengths of another batch than the one that is judged.
TEST(GpuPackedTest, RowsThatLeakBetweenSequencesAreCaught) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const Problem problem = PackedSquare(dtype, 4, 4, 150, 300, Mask::Full());
    const auto plan = PlanOnGpu(problem);
    ASSERT_TRUE(plan.ok()) << plan.status();
    AttentionInputs inputs(problem, Direction::kForward, 3);
    std::vector<int32_t> shifted = inputs.lengths().key;
    for (size_t b = 1; b + 1 < shifted.size(); ++b) {
      if (shifted[b] < shifted[b + 1]) ++shifted[b];
    }
    ASSERT_NE(shifted, inputs.lengths().key);
    const int64_t bytes = static_cast<int64_t>(shifted.size() * sizeof(int32_t));
    const absl::Status run =
        RunMirrored(**device, inputs, [&](const AttentionTensors& tensors, Stream& stream) {
          const auto& forward = std::get<ForwardTensors>(tensors);
          auto* lengths = const_cast<int32_t*>(forward.cumulative_key_lengths);
          absl::Status status = (*device)->CopyToDevice(lengths, shifted.data(), bytes);
          if (status.ok()) status = plan->Run(tensors, stream);
          if (status.ok()) status = stream.Synchronize();
          // As they were, so that the verdict is on the outputs.
          return status.ok() ? (*device)->CopyToDevice(lengths, inputs.lengths().key.data(), bytes)
                             : status;
        });
    ASSERT_TRUE(run.ok()) << run;
    const absl::Status verdict = VerifyForward(inputs, ExpectForward(inputs));
    EXPECT_EQ(verdict.code(), absl::StatusCode::kDataLoss) << NameOf(dtype);
    EXPECT_NE(verdict.message().find("out: "), absl::string_view::npos) << verdict;
  }
}

TEST(GpuPackedTest, EstimateIsWhatARunAllocates) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const Problem problem = PackedSquare(Dtype::kBfloat16, 8, 8, 512, 2000, Mask::Causal());
  const auto estimate = Attention::EstimateMemory(problem, {.device = *device});
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  const int64_t before = (*device)->memory_usage().current_bytes;
  const auto tensors = DeviceTensors::Create(problem, Direction::kForward, **device, 1);
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  EXPECT_EQ((*device)->memory_usage().current_bytes - before, estimate->tensor_bytes);
}

}  // namespace
}  // namespace attune
