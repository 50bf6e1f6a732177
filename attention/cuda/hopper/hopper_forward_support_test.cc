#include "attention/cuda/hopper/hopper_forward_support.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace attune::hopper {
namespace {

Problem GoodProblem() {
  return {.batch = 2,
          .q_heads = 8,
          .kv_heads = 2,
          .q_len = 100,
          .kv_len = 300,
          .qk_dim = 192,
          .v_dim = 128,
          .mask = Mask::Window(10, 20)};
}

void ExpectRefused(const Problem& problem, absl::string_view fragment) {
  ASSERT_TRUE(Validate(problem).ok());
  const absl::Status status = CheckProblem(problem);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), fragment)) << status;
}

TEST(HopperForwardSupportTest, SixteenBitProblemsAreComputed) {
  for (const Dtype dtype : {Dtype::kBfloat16, Dtype::kFloat16}) {
    for (const Layout layout : {Layout::kBatchLengthHead, Layout::kBatchHeadLength}) {
      Problem problem = GoodProblem();
      problem.dtype = dtype;
      problem.layout = layout;
      EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
      problem.q_len = 0;
      EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
    }
  }
}

TEST(HopperForwardSupportTest, WhatIsRefusedIsNamed) {
  Problem problem = GoodProblem();
  problem.dtype = Dtype::kFloat32;
  ExpectRefused(problem, "computes fp16 and bf16; dtype is fp32");
}

TEST(HopperForwardSupportTest, EveryFeatureIsComputed) {
  Problem problem = GoodProblem();
  problem.qk_dim = 72;
  problem.v_dim = 40;
  problem.soft_cap = 30;
  problem.alibi = true;
  problem.softmax_scale = -1;
  problem.score_expression = "score + 1";
  problem.mask_expression = "q >= kv";
  problem.packed = Packed{.total_q_len = 150, .total_kv_len = 500};
  ASSERT_TRUE(Validate(problem).ok()) << Validate(problem);
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
  problem.qk_dim = 136;
  ExpectRefused(problem, "windows of packed sequences at head dims above 128; the larger is 136");
  problem.mask = Mask::Causal();
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
}

// Between the caps the kernel's fifth coefficient goes from the least of fp32 to zero.
TEST(HopperForwardSupportTest, SoftCapsWhoseSeriesEndsAtZeroAreRefused) {
  Problem problem = GoodProblem();
  problem.qk_dim = problem.v_dim = 64;
  for (const Dtype dtype : {Dtype::kFloat16, Dtype::kBfloat16}) {
    problem.dtype = dtype;
    problem.soft_cap = 8.8e7;
    EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
    for (const double cap : {9e7, 1e9, 1e30, 3e38}) {
      problem.soft_cap = cap;
      ExpectRefused(problem, "expands tanh in powers of softmax_scale / soft_cap");
    }
  }
  // Not expanded: asked about score by score.
  problem.alibi = true;
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
}

// What is expanded of each dtype: of bf16 every cap up to 64, of both those of 30 and more.
TEST(HopperForwardSupportTest, ScalesWhoseSeriesEndsAtZeroOrInfinityAreRefused) {
  Problem problem = GoodProblem();
  problem.soft_cap = 64;
  problem.dtype = Dtype::kBfloat16;
  problem.softmax_scale = 4e-8;
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
  for (const double scale : {3.5e-8, 1e-40, 1e20}) {
    problem.softmax_scale = scale;
    ExpectRefused(problem, "the fifth has to fit fp32");
  }
  problem.dtype = Dtype::kFloat16;
  ExpectRefused(problem, "the fifth has to fit fp32");
  problem.soft_cap = 20;
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
}

TEST(HopperForwardSupportTest, StridesAreThoseOfTensorMaps) {
  Problem problem = GoodProblem();
  problem.key_strides = Strides{.batch = 300 * 400, .head = 196, .length = 400};
  ExpectRefused(problem, "key has a stride of 196");
  problem.key_strides->head = 200;
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
  problem.out_strides = Strides{.batch = int64_t{1} << 39, .head = 128, .length = 1024};
  ExpectRefused(problem, "out has a stride of 549755813888");
}

TEST(HopperForwardSupportTest, TilesAreCountedIn32Bits) {
  Problem problem = GoodProblem();
  problem.q_heads = problem.kv_heads = 1 << 10;
  problem.q_len = 1 << 16;
  problem.batch = 1 << 11;
  ExpectRefused(problem, "counts tiles in 32 bits");
  problem.batch = 1 << 10;
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
  problem.packed = Packed{.total_q_len = (int64_t{1} << 31) - 1, .total_kv_len = 500};
  ExpectRefused(problem, "counts tiles in 32 bits");
  problem.packed->total_q_len = 1 << 26;
  EXPECT_TRUE(CheckProblem(problem).ok()) << CheckProblem(problem);
}

}  // namespace
}  // namespace attune::hopper
