#include "attention/reference/forward.h"

#include <cmath>
#include <limits>
#include <vector>

#include "attention/mask.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::Each;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Data {
  std::vector<float> query, key, value, slopes;
  ForwardTensors tensors() const {
    ForwardTensors tensors;
    tensors.query = query.data();
    tensors.key = key.data();
    tensors.value = value.data();
    tensors.alibi_slopes = slopes.data();
    return tensors;
  }
};

std::vector<float> Normals(uint64_t seed, int64_t count) {
  std::vector<float> values(count);
  FillNormal(seed, Dtype::kFloat32, values.data(), count);
  return values;
}

Data MakeData(const Problem& problem) {
  return {Normals(1, QueryExtent(problem)), Normals(2, KeyExtent(problem)),
          Normals(3, ValueExtent(problem)), Normals(4, problem.q_heads)};
}

Problem Base() {
  return {.dtype = Dtype::kFloat32,
          .batch = 2,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 3,
          .kv_len = 5,
          .qk_dim = 8,
          .v_dim = 16,
          .layout = Layout::kBatchHeadLength};
}

// out and log_sum_exp of one row from the formula as it is written, without the subtraction of the
// maximum.
void ExpectRowIsTheFormula(const Problem& p, const Data& data, const ReferenceForward& result,
                           int64_t b, int64_t h, int64_t i) {
  const int64_t kv = b * p.kv_heads + h / (p.q_heads / p.kv_heads);
  const int64_t row = (b * p.q_heads + h) * p.q_len + i;
  std::vector<double> out(p.v_dim, 0.0);
  double sum = 0;
  for (int64_t j = 0; j < p.kv_len; ++j) {
    double product = 0;
    for (int64_t d = 0; d < p.qk_dim; ++d) {
      product +=
          double{data.query[row * p.qk_dim + d]} * data.key[(kv * p.kv_len + j) * p.qk_dim + d];
    }
    const double weight = std::exp(product / std::sqrt(8.0));
    sum += weight;
    for (int64_t d = 0; d < p.v_dim; ++d) {
      out[d] += weight * data.value[(kv * p.kv_len + j) * p.v_dim + d];
    }
  }
  EXPECT_NEAR(result.log_sum_exp[row], std::log(sum), 1e-13);
  for (int64_t d = 0; d < p.v_dim; ++d) {
    EXPECT_NEAR(result.out[row * p.v_dim + d], out[d] / sum, 1e-13);
  }
}

TEST(ReferenceForwardTest, IsTheFormulaForEveryRowOfEveryHead) {
  const Problem problem = Base();
  const Data data = MakeData(problem);
  const ReferenceForward result = ComputeReferenceForward(problem, data.tensors());
  ASSERT_EQ(result.out.size(), 2u * 4 * 3 * 16);
  ASSERT_EQ(result.log_sum_exp.size(), 2u * 4 * 3);
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t h = 0; h < 4; ++h) {
      for (int64_t i = 0; i < 3; ++i) ExpectRowIsTheFormula(problem, data, result, b, h, i);
    }
  }
}

TEST(ReferenceForwardTest, SingleRowsAreRowsOfTheWhole) {
  for (const Layout layout : {Layout::kBatchHeadLength, Layout::kBatchLengthHead}) {
    Problem problem = Base();
    problem.layout = layout;
    problem.alibi = true;
    problem.soft_cap = 2;
    problem.mask = Mask::Window(2, 0);
    const Data data = MakeData(problem);
    const ReferenceForward whole = ComputeReferenceForward(problem, data.tensors());
    for (int64_t n = 0; n < 2 * 4 * 3; ++n) {
      const ReferenceRow row =
          ComputeReferenceRow(problem, data.tensors(), n / 12, n / 3 % 4, n % 3);
      EXPECT_EQ(row.log_sum_exp, whole.log_sum_exp[n]);
      EXPECT_EQ(row.out,
                std::vector<double>(whole.out.begin() + n * 16, whole.out.begin() + (n + 1) * 16));
    }
  }
}

TEST(ReferenceForwardTest, RowsWithoutKeysGiveZerosAndMinusInfinity) {
  Problem problem = Base();
  problem.q_len = 5;
  problem.kv_len = 2;
  problem.mask = Mask::Causal();  // rows 0 to 2 see nothing
  const Data data = MakeData(problem);
  const ReferenceForward result = ComputeReferenceForward(problem, data.tensors());
  for (int64_t row = 0; row < 2 * 4 * 5; ++row) {
    const std::vector<double> out(result.out.begin() + row * 16,
                                  result.out.begin() + (row + 1) * 16);
    if (row % 5 < 3) {
      EXPECT_THAT(out, Each(0.0));
      EXPECT_EQ(result.log_sum_exp[row], -kInfinity);
    } else {
      EXPECT_TRUE(std::isfinite(result.log_sum_exp[row]));
    }
  }
}

TEST(ReferenceForwardTest, RowsOfScoresOfMinusInfinityGiveZerosAndMinusInfinity) {
  Problem problem = Base();
  Data data = MakeData(problem);
  problem.score_expression = "q == 1 ? -INFINITY : score";
  problem.score_function = [](const ScorePoint& at) { return at.q == 1 ? -kInfinity : at.score; };
  const ReferenceForward result = ComputeReferenceForward(problem, data.tensors());
  for (int64_t row = 0; row < 2 * 4 * 3; ++row) {
    const std::vector<double> out(result.out.begin() + row * 16,
                                  result.out.begin() + (row + 1) * 16);
    if (row % 3 == 1) {
      EXPECT_THAT(out, Each(0.0));
      EXPECT_EQ(result.log_sum_exp[row], -kInfinity);
    } else {
      EXPECT_TRUE(std::isfinite(result.log_sum_exp[row]));
    }
  }
}

TEST(ReferenceForwardTest, EmptyLengthsGiveWhatTheyCan) {
  Problem problem = Base();
  problem.kv_len = 0;
  Data data = MakeData(problem);
  ReferenceForward result = ComputeReferenceForward(problem, data.tensors());
  EXPECT_THAT(result.out, Each(0.0));
  EXPECT_THAT(result.log_sum_exp, Each(-kInfinity));
  problem.q_len = 0;
  data = MakeData(problem);
  result = ComputeReferenceForward(problem, data.tensors());
  EXPECT_TRUE(result.out.empty());
  EXPECT_TRUE(result.log_sum_exp.empty());
}

TEST(ReferenceForwardTest, NanInMaskedKeysAndValuesDoesNotReachTheRow) {
  Problem problem = Base();
  problem.mask = Mask::Causal();  // row 0 sees keys 0 to 2, row 2 all five
  Data data = MakeData(problem);
  const ReferenceForward clean = ComputeReferenceForward(problem, data.tensors());
  data.key[4 * 8] = kNan;
  data.value[3 * 16] = kNan;
  const ReferenceForward result = ComputeReferenceForward(problem, data.tensors());
  for (int64_t d = 0; d < 16; ++d) EXPECT_EQ(result.out[d], clean.out[d]);
  EXPECT_EQ(result.log_sum_exp[0], clean.log_sum_exp[0]);
  EXPECT_TRUE(std::isnan(result.out[16]));  // row 1 sees value 3
  EXPECT_EQ(result.out[17], clean.out[17]);
  EXPECT_EQ(result.log_sum_exp[1], clean.log_sum_exp[1]);
  for (int64_t d = 0; d < 16; ++d) EXPECT_TRUE(std::isnan(result.out[32 + d]));  // row 2 sees key 4
  EXPECT_TRUE(std::isnan(result.log_sum_exp[2]));
}

TEST(ReferenceForwardTest, GroupedHeadsReadTheirOwnKeyValueHead) {
  Problem problem = Base();
  const Data data = MakeData(problem);
  const ReferenceForward grouped = ComputeReferenceForward(problem, data.tensors());
  // The same with each key-value head repeated for its two query heads.
  Problem repeated = problem;
  repeated.kv_heads = 4;
  ReferenceInputs inputs = LoadReferenceInputs(problem, data.tensors());
  const auto repeat = [](const std::vector<double>& heads, int64_t size) {
    std::vector<double> twice;
    for (size_t start = 0; start < heads.size(); start += size) {
      for (int copy = 0; copy < 2; ++copy) {
        twice.insert(twice.end(), heads.begin() + start, heads.begin() + start + size);
      }
    }
    return twice;
  };
  inputs.key = repeat(inputs.key, 5 * 8);
  inputs.value = repeat(inputs.value, 5 * 16);
  EXPECT_EQ(ComputeReferenceForward(repeated, inputs).out, grouped.out);
}

// Sequences of 2, 0 and 3 queries on 4, 2 and 1 keys, with a row of each to spare.
struct PackedCase {
  Problem problem;
  Data data;
  std::vector<int32_t> query_lengths = {0, 2, 2, 5};
  std::vector<int32_t> key_lengths = {0, 4, 6, 7};

  PackedCase() : problem(Base()) {
    problem.batch = 3;
    problem.q_len = 4;
    problem.kv_len = 4;
    problem.mask = Mask::Causal();
    problem.alibi = true;
    problem.packed = Packed{.total_q_len = 6, .total_kv_len = 8};
    data = MakeData(problem);
  }
  ForwardTensors tensors() const {
    ForwardTensors tensors = data.tensors();
    tensors.cumulative_query_lengths = query_lengths.data();
    tensors.cumulative_key_lengths = key_lengths.data();
    return tensors;
  }
};

TEST(ReferenceForwardTest, PackedSequencesAreEachAsIfAlone) {
  for (const Layout layout : {Layout::kBatchHeadLength, Layout::kBatchLengthHead}) {
    PackedCase packed;
    packed.problem.layout = layout;
    const ReferenceForward whole = ComputeReferenceForward(packed.problem, packed.tensors());
    ASSERT_EQ(whole.out.size(), 4u * 5 * 16);
    ASSERT_EQ(whole.log_sum_exp.size(), 4u * 5);
    for (int64_t b = 0; b < 3; ++b) {
      const int64_t q = packed.query_lengths[b];
      const int64_t k = packed.key_lengths[b];
      Problem alone = packed.problem;
      alone.packed = std::nullopt;
      alone.batch = 1;
      alone.q_len = packed.query_lengths[b + 1] - q;
      alone.kv_len = packed.key_lengths[b + 1] - k;
      alone.query_strides = QueryStrides(packed.problem);
      alone.key_strides = KeyStrides(packed.problem);
      alone.value_strides = ValueStrides(packed.problem);
      ForwardTensors tensors = packed.data.tensors();
      tensors.query = packed.data.query.data() + q * alone.query_strides->length;
      tensors.key = packed.data.key.data() + k * alone.key_strides->length;
      tensors.value = packed.data.value.data() + k * alone.value_strides->length;
      const ReferenceForward one = ComputeReferenceForward(alone, tensors);
      for (int64_t h = 0; h < 4; ++h) {
        for (int64_t i = 0; i < alone.q_len; ++i) {
          const int64_t in_whole = h * 5 + q + i;
          const int64_t in_one = h * alone.q_len + i;
          EXPECT_EQ(whole.log_sum_exp[in_whole], one.log_sum_exp[in_one]);
          for (int64_t d = 0; d < 16; ++d) {
            EXPECT_EQ(whole.out[in_whole * 16 + d], one.out[in_one * 16 + d]);
          }
          const ReferenceRow row = ComputeReferenceRow(packed.problem, packed.tensors(), b, h, i);
          EXPECT_EQ(row.log_sum_exp, one.log_sum_exp[in_one]);
          EXPECT_EQ(row.out, std::vector<double>(one.out.begin() + in_one * 16,
                                                 one.out.begin() + (in_one + 1) * 16));
        }
      }
    }
  }
}

TEST(ReferenceForwardTest, RowsOfNoSequenceAreNotRead) {
  PackedCase packed;
  const ReferenceForward clean = ComputeReferenceForward(packed.problem, packed.tensors());
  for (int64_t h = 0; h < 2; ++h) packed.data.key[(h * 8 + 7) * 8] = kNan;
  for (int64_t h = 0; h < 4; ++h) packed.data.query[(h * 6 + 5) * 8] = kNan;
  const ReferenceForward result = ComputeReferenceForward(packed.problem, packed.tensors());
  EXPECT_EQ(result.out, clean.out);
  EXPECT_EQ(result.log_sum_exp, clean.log_sum_exp);
}

}  // namespace
}  // namespace attune
