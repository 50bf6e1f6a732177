#include "attention/problem.h"

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "attention/square_problem.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

Problem Valid() {
  return {.dtype = Dtype::kBfloat16,
          .batch = 2,
          .q_heads = 8,
          .kv_heads = 4,
          .q_len = 5,
          .kv_len = 7,
          .qk_dim = 64,
          .v_dim = 32};
}

struct Case {
  std::function<void(Problem&)> spoil;
  const char* message;
};

TEST(ProblemTest, ValidationNamesTheFieldTheValueAndWhatIsExpected) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<Case> cases = {
      {[](Problem& p) { p.batch = 0; }, "batch is 0; expected at least 1"},
      {[](Problem& p) { p.q_heads = -1; }, "q_heads is -1; expected at least 1"},
      {[](Problem& p) { p.kv_heads = 0; }, "kv_heads is 0; expected at least 1"},
      {[](Problem& p) { p.kv_heads = 3; }, "kv_heads is 3, which does not divide q_heads, 8"},
      {[](Problem& p) { p.kv_heads = 16; }, "kv_heads is 16, which does not divide"},
      {[](Problem& p) { p.q_len = -1; }, "q_len is -1; expected 0 to 1048576"},
      {[](Problem& p) { p.kv_len = kMaxLength + 1; }, "kv_len is 1048577; expected 0 to 1048576"},
      {[](Problem& p) { p.qk_dim = 60; }, "qk_dim is 60; expected a multiple of 8 up to 256"},
      {[](Problem& p) { p.qk_dim = 0; }, "qk_dim is 0;"},
      {[](Problem& p) { p.v_dim = 264; }, "v_dim is 264;"},
      {[](Problem& p) { p.mask.left = -1; }, "mask.left is -1; expected 0 or more"},
      {[](Problem& p) { p.mask.right = -2; }, "mask.right is -2; expected 0 or more"},
      {[=](Problem& p) { p.softmax_scale = nan; }, "softmax_scale is nan; expected a number that"},
      {[](Problem& p) { p.softmax_scale = 1e39; },
       "softmax_scale is 1e+39; expected a number that"},
      {[=](Problem& p) { p.soft_cap = infinity; }, "soft_cap is inf; expected a positive number"},
      {[](Problem& p) { p.soft_cap = 1e39; }, "soft_cap is 1e+39;"},
      {[](Problem& p) { p.soft_cap = 1e-60; }, "soft_cap is 1e-60;"},
      {[=](Problem& p) { p.soft_cap = nan; }, "soft_cap is nan;"},
      {[](Problem& p) { p.soft_cap = -1; }, "soft_cap is -1;"},
      {[](Problem& p) { p.batch = int64_t{1} << 60; }, "takes 2^63 bytes or more"},
  };
  for (const Case& c : cases) {
    Problem problem = Valid();
    c.spoil(problem);
    const absl::Status status = Validate(problem);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
  }
}

TEST(ProblemTest, EmptyLengthsAndExtremeSizesAreValid) {
  Problem problem = Valid();
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
  problem.q_len = 0;
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
  EXPECT_EQ(QueryExtent(problem), 0);
  problem.kv_len = 0;
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
  EXPECT_EQ(KeyExtent(problem), 0);
  EXPECT_EQ(Flops(problem, Direction::kForward), 0);
  problem.q_len = problem.kv_len = kMaxLength;
  problem.qk_dim = problem.v_dim = kMaxHeadDim;
  problem.soft_cap = 30;
  problem.softmax_scale = -0.5;
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
}

TEST(ProblemTest, OverlappingStridesAreRejectedByName) {
  const std::vector<Case> cases = {
      {[](Problem& p) { p.query_strides = {.batch = 4096, .head = 63, .length = 512}; },
       "query_strides.head is 63, which makes elements overlap; expected at least 64"},
      {[](Problem& p) { p.key_strides = {.batch = 0, .head = 64, .length = 256}; },
       "key_strides.batch is 0, which makes elements overlap"},
      {[](Problem& p) { p.value_strides = {.batch = 895, .head = 32, .length = 128}; },
       "value_strides.batch is 895, which makes elements overlap; expected at least 896"},
      {[](Problem& p) { p.out_strides = {.batch = 4096, .head = 64, .length = 64}; },
       "which makes elements overlap"},
      {[](Problem& p) { p.out_strides = {.batch = 4096, .head = -64, .length = 512}; },
       "out_strides.head is -64; expected 0 or more"},
      {[](Problem& p) { p.query_strides = {.batch = int64_t{1} << 62, .head = 64, .length = 512}; },
       "query_strides.batch is 4611686018427387904, which spans 2^63 bytes or more"},
  };
  for (const Case& c : cases) {
    Problem problem = Valid();
    c.spoil(problem);
    EXPECT_THAT(std::string(Validate(problem).message()), HasSubstr(c.message));
  }
}

TEST(ProblemTest, TensorsThatFitAloneMustFitTogether) {
  Problem problem = Valid();
  const Strides huge = {.batch = int64_t{1} << 60, .head = 64, .length = 512};
  problem.query_strides = huge;
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
  EXPECT_GT(TensorBytes(problem, Direction::kBackward), int64_t{1} << 62);
  problem.key_strides = huge;
  EXPECT_THAT(std::string(Validate(problem).message()),
              HasSubstr("take 2^63 bytes or more together"));
}

TEST(ProblemTest, StridesOfSingleElementDimensionsDoNotMatter) {
  Problem problem = Valid();
  problem.batch = 1;
  problem.query_strides = {.batch = 0, .head = 64, .length = 512};
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
  problem = Valid();
  problem.kv_len = 0;  // no elements, no overlap
  problem.key_strides = {.batch = 0, .head = 64, .length = 256};
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
}

std::set<int64_t> Addresses(int64_t batch, int64_t heads, int64_t length, int64_t dim, Strides s) {
  std::set<int64_t> addresses;
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t i = 0; i < length; ++i) {
        for (int64_t d = 0; d < dim; ++d) {
          addresses.insert(b * s.batch + h * s.head + i * s.length + d);
        }
      }
    }
  }
  return addresses;
}

TEST(ProblemTest, LayoutsCoverTheirExtentWithoutGapsOrOverlap) {
  for (const Layout layout : {Layout::kBatchLengthHead, Layout::kBatchHeadLength}) {
    Problem p = Valid();
    p.layout = layout;
    const auto expect_dense = [&](const std::set<int64_t>& addresses, int64_t size,
                                  int64_t extent) {
      EXPECT_EQ(static_cast<int64_t>(addresses.size()), size);
      EXPECT_EQ(*addresses.rbegin(), size - 1);
      EXPECT_EQ(extent, size);
    };
    expect_dense(Addresses(2, 8, 5, 64, QueryStrides(p)), 2 * 8 * 5 * 64, QueryExtent(p));
    expect_dense(Addresses(2, 4, 7, 64, KeyStrides(p)), 2 * 4 * 7 * 64, KeyExtent(p));
    expect_dense(Addresses(2, 4, 7, 32, ValueStrides(p)), 2 * 4 * 7 * 32, ValueExtent(p));
    expect_dense(Addresses(2, 8, 5, 32, OutStrides(p)), 2 * 8 * 5 * 32, OutExtent(p));
  }
  EXPECT_EQ(QueryStrides(Valid()), (Strides{.batch = 2560, .head = 64, .length = 512}));
}

TEST(ProblemTest, GivenStridesAreInForceAndExtentsIncludeGaps) {
  Problem problem = Valid();
  problem.query_strides = {.batch = 10000, .head = 72, .length = 600};
  ASSERT_TRUE(Validate(problem).ok()) << Validate(problem);
  EXPECT_EQ(QueryStrides(problem), *problem.query_strides);
  EXPECT_EQ(QueryExtent(problem), 10000 + 7 * 72 + 4 * 600 + 64);
}

TEST(ProblemTest, FlopsCountTheVisiblePairsOnly) {
  Problem problem = {
      .batch = 3, .q_heads = 4, .kv_heads = 2, .q_len = 6, .kv_len = 9, .qk_dim = 16, .v_dim = 8};
  EXPECT_EQ(Flops(problem, Direction::kForward), 3 * 4 * 54 * 2 * (16 + 8));
  EXPECT_EQ(Flops(problem, Direction::kBackward), 3 * 4 * 54 * 2 * (3 * 16 + 2 * 8));
  problem.mask = Mask::Causal();  // rows see 4, 5, ..., 9 keys
  EXPECT_EQ(Flops(problem, Direction::kForward), 3 * 4 * 39 * 2 * (16 + 8));
  problem.mask = Mask::Causal(Alignment::kTopLeft);  // 1, 2, ..., 6
  EXPECT_EQ(Flops(problem, Direction::kForward), 3 * 4 * 21 * 2 * (16 + 8));
  problem.mask = Mask::Window(1, 0);  // 2 each
  EXPECT_EQ(Flops(problem, Direction::kForward), 3 * 4 * 12 * 2 * (16 + 8));
}

TEST(ProblemTest, SizesMultiplyInSixtyFourBits) {
  Problem problem = {.batch = 64,
                     .q_heads = 128,
                     .kv_heads = 128,
                     .q_len = kMaxLength,
                     .kv_len = kMaxLength,
                     .qk_dim = 256,
                     .v_dim = 256};
  ASSERT_TRUE(Validate(problem).ok()) << Validate(problem);
  const int64_t elements = (int64_t{1} << 6) * (1 << 7) * (1 << 20) * (1 << 8);
  EXPECT_EQ(QueryExtent(problem), elements);
  EXPECT_EQ(LogSumExpExtent(problem), elements / 256);
  EXPECT_EQ(TensorBytes(problem, Direction::kForward), 4 * elements * 2 + elements / 256 * 4);
  EXPECT_EQ(Flops(problem, Direction::kForward), std::ldexp(4.0 * 256, 13 + 40));
}

TEST(ProblemTest, BytesCountEachTensorOnce) {
  Problem problem = {.dtype = Dtype::kFloat16,
                     .batch = 1,
                     .q_heads = 4,
                     .kv_heads = 2,
                     .q_len = 3,
                     .kv_len = 5,
                     .qk_dim = 16,
                     .v_dim = 8};
  const int64_t query = 4 * 3 * 16, key = 2 * 5 * 16, value = 2 * 5 * 8, out = 4 * 3 * 8, lse = 12;
  const int64_t forward = 2 * (query + key + value + out) + 4 * lse;
  EXPECT_EQ(BytesMoved(problem, Direction::kForward), forward);
  EXPECT_EQ(TensorBytes(problem, Direction::kForward), forward);
  // Read: query, key, value, out, d_out, log_sum_exp. Written: d_query, d_key, d_value.
  const int64_t backward = 2 * (2 * (query + key + value) + 2 * out) + 4 * lse;
  EXPECT_EQ(BytesMoved(problem, Direction::kBackward), backward);
  problem.alibi = true;
  EXPECT_EQ(BytesMoved(problem, Direction::kBackward), backward + 4 * 4);
  problem.alibi = false;
  problem.key_strides = {.batch = 0, .head = 100, .length = 16};
  EXPECT_EQ(BytesMoved(problem, Direction::kForward), forward);
  EXPECT_EQ(TensorBytes(problem, Direction::kForward), forward + 2 * 20);
}

// The report's shapes, fp32: batch, heads, length, head dim.
TEST(ProblemTest, EstimatesTheReportsShapes) {
  const auto bytes = [](int64_t batch, int64_t heads, int64_t length, int64_t dim) {
    return TensorBytes(SquareProblem(Dtype::kFloat32, batch, heads, length, dim),
                       Direction::kForward);
  };
  EXPECT_EQ(bytes(1, 4, 128, 64), 4 * 131072 + 2048);
  EXPECT_EQ(bytes(2, 8, 512, 64), 4 * 2097152 + 32768);
  EXPECT_EQ(bytes(4, 16, 1024, 64), 4 * 16777216 + 262144);
}

TEST(ProblemTest, ScaleDefaultsToTheInverseRootOfTheQueryDim) {
  Problem problem = Valid();
  EXPECT_EQ(SoftmaxScale(problem), 0.125);
  problem.softmax_scale = 0.5;
  EXPECT_EQ(SoftmaxScale(problem), 0.5);
}

TEST(ProblemTest, TextIsOneLineThatShowsWhatIsNotDefault) {
  Problem problem = {.batch = 4,
                     .q_heads = 32,
                     .kv_heads = 8,
                     .q_len = 4096,
                     .kv_len = 4096,
                     .qk_dim = 128,
                     .v_dim = 128,
                     .mask = Mask::Causal()};
  EXPECT_EQ(problem.ToString(), "bf16 batch=4 heads=32/8 length=4096x4096 dim=128 mask=causal");
  problem.v_dim = 64;
  problem.softmax_scale = 0.5;
  problem.soft_cap = 30;
  problem.alibi = true;
  problem.layout = Layout::kBatchHeadLength;
  problem.out_strides = {.batch = 1, .head = 2, .length = 3};
  EXPECT_EQ(problem.ToString(),
            "bf16 batch=4 heads=32/8 length=4096x4096 dim=128/64 mask=causal scale=0.5 soft_cap=30 "
            "alibi layout=batch_head_length out_strides=1,2,3");
}

TEST(ProblemTest, OperatorsHaveNames) {
  EXPECT_EQ(OperatorName(Direction::kForward), "attention_forward");
  EXPECT_EQ(OperatorName(Direction::kBackward), "attention_backward");
}

Problem PackedProblem() {
  Problem problem = Valid();
  problem.packed = Packed{.total_q_len = 8, .total_kv_len = 9};
  return problem;
}

TEST(PackedProblemTest, TensorsHaveNoBatch) {
  Problem problem = PackedProblem();
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
  EXPECT_EQ(QueryStrides(problem), (Strides{.batch = 0, .head = 64, .length = 512}));
  EXPECT_EQ(QueryExtent(problem), 8 * 8 * 64);
  EXPECT_EQ(KeyExtent(problem), 9 * 4 * 64);
  EXPECT_EQ(ValueExtent(problem), 9 * 4 * 32);
  EXPECT_EQ(LogSumExpExtent(problem), 8 * 8);
  problem.layout = Layout::kBatchHeadLength;
  EXPECT_EQ(ValueStrides(problem), (Strides{.batch = 0, .head = 9 * 32, .length = 32}));
  // The batch's stride is not looked at.
  problem.out_strides = Strides{.batch = 7, .head = 300, .length = 32};
  EXPECT_TRUE(Validate(problem).ok()) << Validate(problem);
  EXPECT_EQ(OutStrides(problem), (Strides{.batch = 0, .head = 300, .length = 32}));
}

TEST(PackedProblemTest, TotalsHoldTheLongestAndFitTheirType) {
  const auto message = [](auto spoil) {
    Problem problem = PackedProblem();
    spoil(problem);
    return std::string(Validate(problem).message());
  };
  EXPECT_THAT(message([](Problem& p) { p.packed->total_q_len = 4; }),
              HasSubstr("packed.total_q_len is 4; expected 5 to 2147483647"));
  EXPECT_THAT(message([](Problem& p) { p.packed->total_kv_len = int64_t{1} << 31; }),
              HasSubstr("packed.total_kv_len is 2147483648; expected 7 to 2147483647"));
  EXPECT_THAT(message([](Problem& p) { p.batch = kMaxLength + 1; }), HasSubstr("batch is 1048577"));
}

TEST(PackedProblemTest, FlopsAndBytesBoundThoseOfAnyLengths) {
  Problem problem = PackedProblem();
  // At most 8 query rows of 7 keys each, where two sequences of the full length would have 10.
  EXPECT_EQ(Flops(problem, Direction::kForward), 8.0 * 7 * 8 * 2 * (64 + 32));
  problem.packed->total_q_len = 100;
  Problem full = Valid();
  EXPECT_EQ(Flops(problem, Direction::kForward), Flops(full, Direction::kForward));
  problem = PackedProblem();
  EXPECT_EQ(TensorBytes(problem, Direction::kForward),
            2 * (8 * 8 * 64 + 9 * 4 * 64 + 9 * 4 * 32 + 8 * 8 * 32) + 4 * 8 * 8 + 2 * 3 * 4);
}

TEST(PackedProblemTest, TextNamesTheTotals) {
  EXPECT_THAT(PackedProblem().ToString(), HasSubstr("length=5x7 packed=8x9 dim=64/32"));
}

TEST(ExpressionProblemTest, ValidationKnowsExpressionsFunctionsAndBuffers) {
  const auto message = [](auto change) {
    Problem problem = Valid();
    problem.score_expression = "score + bias[h]";
    problem.buffers = {{.name = "bias", .extent = 8}};
    change(problem);
    return std::string(Validate(problem).message());
  };
  EXPECT_EQ(message([](Problem&) {}), "");
  EXPECT_THAT(message([](Problem& p) { p.score_expression = "score; 1"; }),
              HasSubstr("problem: score_expression 'score; 1' has a ';' in it"));
  EXPECT_THAT(message([](Problem& p) { p.mask_expression = " "; }),
              HasSubstr("problem: mask_expression ' ' is empty"));
  EXPECT_THAT(message([](Problem& p) { p.buffers[0].name = "score"; }),
              HasSubstr("is taken: score"));
  EXPECT_THAT(message([](Problem& p) { p.buffers[0].extent = 0; }),
              HasSubstr("extent of buffer bias is 0; expected 1 to"));
  EXPECT_THAT(message([](Problem& p) { p.mask_function = [](const ScorePoint&) { return true; }; }),
              HasSubstr("mask_function is there and mask_expression is not"));
}

TEST(ExpressionProblemTest, TextAndBytesHaveThem) {
  Problem problem = Valid();
  const int64_t bytes = TensorBytes(problem, Direction::kForward);
  EXPECT_FALSE(problem.has_expressions());
  problem.score_expression = "score + bias[h]";
  problem.mask_expression = "kv != 3";
  problem.buffers = {{.name = "bias", .extent = 8}};
  EXPECT_TRUE(problem.has_expressions());
  EXPECT_EQ(TensorBytes(problem, Direction::kForward), bytes + 4 * 8);
  EXPECT_THAT(problem.ToString(),
              HasSubstr("score='score + bias[h]' mask_if='kv != 3' buffer=bias:fp32[8]"));
}

}  // namespace
}  // namespace attune
