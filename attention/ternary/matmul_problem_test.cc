#include "attention/ternary/matmul_problem.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr char kText[] =
    "ternary_matmul[activation=int8 bias=1 group=64 output=bf16] batch=4 columns=14336 rows=4096";

TernaryMatmulProblem SomeProblem() {
  return {.batch = 4,
          .weights = {.rows = 4096, .columns = 14336, .group = 64},
          .activation = Activation::kInt8,
          .output = Dtype::kBfloat16,
          .bias = true};
}

std::string ErrorOf(const std::string& workload) {
  const auto problem = TernaryMatmulProblemOf(Workload::Parse(workload).value());
  EXPECT_EQ(problem.status().code(), absl::StatusCode::kInvalidArgument) << workload;
  return std::string(problem.status().message());
}

TEST(TernaryMatmulProblemTest, WorkloadsRoundTrip) {
  EXPECT_EQ(WorkloadOf(SomeProblem()).ToString(), kText);
  const auto parsed = TernaryMatmulProblemOf(Workload::Parse(kText).value());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, SomeProblem());
}

TEST(TernaryMatmulProblemTest, WrongWorkloadsNameWhatIsWrong) {
  EXPECT_THAT(
      ErrorOf("ternary_matmul[activation=int8 bias=1 output=bf16] batch=4 columns=8 rows=8"),
      HasSubstr("no trait group"));
  EXPECT_THAT(ErrorOf("ternary_matmul[activation=int8 bias=1 group=0 output=bf16] batch=4 rows=8"),
              HasSubstr("no size columns"));
  EXPECT_THAT(
      ErrorOf(
          "ternary_matmul[activation=int4 bias=1 group=0 output=bf16] batch=4 columns=8 rows=8"),
      HasSubstr("int4"));
  EXPECT_THAT(
      ErrorOf("ternary_matmul[activation=int8 bias=1 group=0 mask=full output=bf16] batch=4 "
              "columns=8 rows=8"),
      HasSubstr("unknown trait: mask"));
  EXPECT_THAT(
      ErrorOf(
          "ternary_matmul[activation=int8 bias=2 group=0 output=bf16] batch=4 columns=8 rows=8"),
      HasSubstr("bias"));
  EXPECT_THAT(
      ErrorOf(
          "ternary_matmul[activation=int8 bias=0 group=0 output=bf16] batch=0 columns=8 rows=8"),
      HasSubstr("batch 0"));
  EXPECT_THAT(ErrorOf("attention_forward[dtype=fp32] batch=4"), HasSubstr("another operator"));
}

TEST(TernaryMatmulProblemTest, OutputsAreFp32OrBf16) {
  TernaryMatmulProblem problem = SomeProblem();
  problem.output = Dtype::kFloat16;
  EXPECT_THAT(std::string(Validate(problem).message()), HasSubstr("fp16"));
}

TEST(TernaryMatmulProblemTest, CountsWorkAndBytes) {
  const TernaryMatmulProblem problem = {.batch = 2, .weights = {.rows = 3, .columns = 40}};
  EXPECT_EQ(Flops(problem), 2.0 * 2 * 3 * 40);
  EXPECT_EQ(BytesMoved(problem), (8 * 3 * 2 + 4 * 3) + 4 * 2 * (40 + 3));
  TernaryMatmulProblem small = SomeProblem();
  small.weights = {.rows = 3, .columns = 40};
  small.batch = 2;
  EXPECT_EQ(BytesMoved(small), (8 * 3 * 2 + 4 * 3) + 2 * (40 + 2 * 3) + 4 * 2 + 4 * 3);
}

}  // namespace
}  // namespace attune
