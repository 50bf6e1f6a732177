// What of cpu_forward hangs on how the work is shared among threads. The rest of it is in
// cpu_forward_family_test.cc, which ThreadSanitizer, twenty times slower, need not see.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "attention/cpu/cpu_forward_family.h"
#include "attention/cpu/cpu_forward_fixture.h"
#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/only_target.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"

namespace attune {
namespace {

using CpuForwardThreadsTest = CpuForwardFamilyTest;

INSTANTIATE_TEST_SUITE_P(Products, CpuForwardThreadsTest,
                         ::testing::Values(kFloatProducts, kTileProducts, kVectorProducts),
                         ProductsName);

TEST_P(CpuForwardThreadsTest, GroupedHeadsReadTheirOwnKeysAndValues) {
  for (const int64_t q_heads : {4, 8}) {
    for (const int64_t kv_heads : {4, 1}) {
      for (const int64_t batch : {1, 2, 8}) {
        Problem problem = SmallProblem();
        problem.batch = batch;
        problem.q_heads = q_heads;
        problem.kv_heads = kv_heads;
        problem.q_len = 33;
        problem.mask = Mask::Causal();
        const absl::Status status = RunAndCheck(problem);
        EXPECT_TRUE(status.ok()) << problem.ToString() << ": " << status;
      }
    }
  }
}

TEST_P(CpuForwardThreadsTest, EveryVariantMatchesTheReferenceOnEveryTarget) {
  const CpuForwardFamily family;
  const auto configurations = family.space().EnumerateStatic();
  ASSERT_TRUE(configurations.ok()) << configurations.status();
  for (const int64_t target : TestedTargets()) {
    const OnlyTarget only(target);
    uint64_t seed = 100;
    for (const Configuration& configuration : *configurations) {
      if (configuration.Get("bf16_products") != GetParam()) continue;
      if (InBf16() && target != HWY_AVX3) continue;
      for (int repetition = 0; repetition < kProblemsPerVariant; ++repetition, ++seed) {
        Problem problem = RandomProblem(seed);
        if (InBf16()) problem.dtype = Dtype::kBfloat16;
        TestTensors tensors(problem, seed);
        const absl::Status status = RunAndCheck(tensors, configuration);
        EXPECT_TRUE(status.ok()) << hwy::TargetName(target) << " " << configuration.ToString()
                                 << " seed " << seed << " " << tensors.problem.ToString() << ": "
                                 << status;
      }
    }
  }
}

// One worker packs tile by tile, more of them than heads pack whole heads first.
TEST_P(CpuForwardThreadsTest, BothWaysOfPackingGiveTheSameBits) {
  for (uint64_t seed = 200; seed < 212; ++seed) {
    Problem problem = RandomProblem(seed);
    if (InBf16()) problem.dtype = Dtype::kBfloat16;
    problem.q_len = 1 + static_cast<int64_t>(seed % 20);
    problem.kv_len = kLongLength;
    TestTensors one(problem, seed), many(problem, seed);
    for (const int64_t workers : {1, 64}) {
      const absl::Status status =
          RunWith(workers, problem, workers == 1 ? one.forward() : many.forward());
      ASSERT_TRUE(status.ok()) << status;
    }
    EXPECT_EQ(one.out, many.out) << "seed " << seed << " " << problem.ToString();
    EXPECT_EQ(0, std::memcmp(one.log_sum_exp.data(), many.log_sum_exp.data(),
                             LogSumExpExtent(problem) * sizeof(float)));
    const absl::Status status = CheckForward(one);
    EXPECT_TRUE(status.ok()) << "seed " << seed << " " << problem.ToString() << ": " << status;
  }
}

TEST_P(CpuForwardThreadsTest, PackedSequencesMatchTheReferenceInBothWaysOfPacking) {
  for (uint64_t seed = 300; seed < 316; ++seed) {
    Problem problem = RandomProblem(seed);
    if (InBf16()) problem.dtype = Dtype::kBfloat16;
    problem.batch = 1 + static_cast<int64_t>(seed % 6);
    // Room for half of what the longest ask for, all of it, and more.
    const auto total = [&](int64_t longest) {
      return longest + (problem.batch - 1) * longest * static_cast<int64_t>(seed % 3) / 2 + 3;
    };
    problem.packed =
        Packed{.total_q_len = total(problem.q_len), .total_kv_len = total(problem.kv_len)};
    AttentionInputs inputs(problem, Direction::kForward, seed);
    const ForwardExpectation expectation = ExpectForward(inputs);
    for (const int64_t workers : {1, 64}) {
      inputs.ResetOutputs();
      const absl::Status run = RunWith(workers, problem, inputs.Forward());
      ASSERT_TRUE(run.ok()) << problem.ToString() << ": " << run;
      const absl::Status verdict = VerifyForward(inputs, expectation);
      EXPECT_TRUE(verdict.ok()) << "seed " << seed << " " << problem.ToString() << ": " << verdict;
    }
  }
}

}  // namespace
}  // namespace attune
