// Right numbers: over dtypes, head counts, batches, lengths, masks.
#include <gtest/gtest.h>

#include <iostream>

#include "attention/square_problem.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "numerics/error.h"
#include "numerics/random.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"
#include "testing/mirrored_run.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

constexpr Dtype kDtypes[] = {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16};

class EveryDtype : public testing::TestWithParam<Dtype> {};

TEST_P(EveryDtype, OutputsHaveTheirShapeAndAreFiniteAndRight) {
  for (const int64_t dim : {64, 128}) {
    const Problem problem = SquareProblem(GetParam(), 2, 4, 128, dim);
    // Nothing outside the outputs' shape is written, everything inside is, with finite values.
    const absl::Status status = RunAndVerify(problem, 1);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST_P(EveryDtype, LengthsScaleOddOnesToo) {
  for (const int64_t length : {1, 64, 65, 100, 127, 128, 129, 191, 256}) {
    const Problem problem = SquareProblem(GetParam(), 1, 2, length, 64, Mask::Causal());
    const absl::Status status = RunAndVerify(problem, 2);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST_P(EveryDtype, GroupedHeadsReadTheirOwnKeysAndValues) {
  for (const auto& [q_heads, kv_heads] : {std::pair(4, 4), std::pair(8, 4), std::pair(8, 1)}) {
    Problem problem = SquareProblem(GetParam(), 2, q_heads, 200, 64, Mask::Causal());
    problem.kv_heads = kv_heads;
    const absl::Status status = RunAndVerify(problem, 3);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST_P(EveryDtype, MasksAndScoreModifiersAreFollowed) {
  Problem problem = SquareProblem(GetParam(), 1, 2, 150, 64);
  problem.kv_len = 230;
  for (const Mask& mask :
       {Mask::Full(), Mask::Causal(), Mask::Causal(Alignment::kTopLeft), Mask::Window(40, 0),
        Mask::Window(17, 33), Mask::Window(0, 0, Alignment::kTopLeft)}) {
    problem.mask = mask;
    for (const bool modified : {false, true}) {
      problem.soft_cap = modified ? 30 : 0;
      problem.alibi = modified;
      const absl::Status status = RunAndVerify(problem, 4);
      EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
    }
  }
}

TEST_P(EveryDtype, RowsWithoutKeysGiveZerosAndMinusInfinity) {
  Problem problem = SquareProblem(GetParam(), 1, 2, 100, 64, Mask::Causal());
  problem.kv_len = 30;  // aligned to the end: the first 70 rows see nothing
  absl::Status status = RunAndVerify(problem, 5);
  EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  problem.kv_len = 0;
  status = RunAndVerify(problem, 5);
  EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
}

TEST_P(EveryDtype, GridOfBatchesAndLengths) {
  for (const int64_t batch : {1, 2, 3, 4, 8}) {
    for (const int64_t length : {64, 128, 256, 512, 1024, 2048}) {
      const Problem problem = SquareProblem(GetParam(), batch, 2, length, 64, Mask::Causal());
      const absl::Status status = RunAndVerifyRows(problem, 6);
      EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, EveryDtype, testing::ValuesIn(kDtypes),
                         [](const auto& info) { return NameOf(info.param); });

TEST(GpuEquivalenceTest, Float32IsWithinTheFixedLimits) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const Tolerance limits{.mean_absolute = 1e-5, .root_mean_square = 1e-4, .cosine = 0.999};
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const Problem problem = SquareProblem(Dtype::kFloat32, 2, 8, 256, 64);
    const auto plan = PlanOnGpu(problem);
    ASSERT_TRUE(plan.ok()) << plan.status();
    AttentionInputs inputs(problem, Direction::kForward, seed);
    const absl::Status run =
        RunMirrored(**device, inputs, [&](const AttentionTensors& tensors, Stream& stream) {
          return plan->Run(tensors, stream);
        });
    ASSERT_TRUE(run.ok()) << run;
    const ReferenceForward exact = ExpectForward(inputs).reference;
    const ErrorReport report =
        CompareArrays(exact.out, inputs.tensor(TensorRole::kOut).Contiguous());
    std::cout << "seed " << seed << ": " << report.ToString() << std::endl;
    const absl::Status status = CheckTolerance(report, limits, "out");
    EXPECT_TRUE(status.ok()) << status;
  }
}

TEST(GpuEquivalenceTest, RandomProblemsMatchTheReference) {
  constexpr uint64_t kSeed = 7;
  for (uint64_t number = 0; number < 24; ++number) {
    RandomProblemOptions options;
    // Two head dims keep the number of kernels to compile small; all of them are the families' own
    // tests' matter.
    options.min_head_dim = options.max_head_dim = number % 2 == 0 ? 64 : 40;
    options.scale = false;
    const Problem problem = RandomProblem(RandomBits(kSeed, number), options);
    const absl::Status status = RunAndVerify(problem, number);
    EXPECT_TRUE(status.ok()) << "seed " << kSeed << " number " << number << ": "
                             << problem.ToString() << ": " << status;
  }
}

TEST(GpuLargeSequenceTest, LongSequencesAreRight) {
  for (const int64_t length : {512, 1024, 2048, 4096, 16384, 131072}) {
    const Problem problem = SquareProblem(Dtype::kBfloat16, 1, 1, length, 128, Mask::Causal());
    const absl::Status status = RunAndVerifyRows(problem, 8);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST(GpuLargeSequenceTest, MoreKeysAndValuesThanTheCacheHoldsAreAllRead) {
  for (const int64_t dim : {64, 128, 256}) {
    const Problem problem =
        SquareProblem(Dtype::kBfloat16, 8, 32, 8192 / dim * 8, dim, Mask::Causal());
    const absl::Status status = RunAndVerifyRows(problem, 10);
    EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
  }
}

TEST(GpuLargeSequenceTest, DecodingReadsALongCache) {
  Problem problem = SquareProblem(Dtype::kFloat16, 4, 8, 1, 128, Mask::Causal());
  problem.kv_heads = 2;
  problem.kv_len = 32768;
  const absl::Status status = RunAndVerifyRows(problem, 9);
  EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
}

}  // namespace
}  // namespace attune
