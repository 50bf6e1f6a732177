#include "attention/ternary/quantizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/error.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::vector<float> NormalWeights(int64_t count, uint64_t seed = 1) {
  std::vector<float> weights(count);
  FillNormal(seed, Dtype::kFloat32, weights.data(), count);
  return weights;
}

QuantizedMatrix MustQuantize(const std::vector<float>& weights, int64_t rows,
                             const QuantizerOptions& options = {}) {
  auto quantized = Quantize({.data = weights.data(),
                             .rows = rows,
                             .columns = static_cast<int64_t>(weights.size()) / rows},
                            options);
  EXPECT_TRUE(quantized.ok()) << quantized.status();
  EXPECT_TRUE(Validate(quantized->matrix).ok()) << Validate(quantized->matrix);
  return *std::move(quantized);
}

std::string ErrorOf(const DenseMatrix& weights, const QuantizerOptions& options = {}) {
  const auto quantized = Quantize(weights, options);
  EXPECT_EQ(quantized.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(quantized.status().message());
}

TEST(QuantizerTest, SignsOfLargeWeightsAreKeptWithTheirMean) {
  // The optimum keeps 4, -3 and 5: 12^2 / 3 = 48 is more than 9^2 / 2 and 13^2 / 4.
  const QuantizedMatrix quantized = MustQuantize({4, -3, 1, 5, 0}, 1);
  const int expected[] = {1, -1, 0, 1, 0};
  for (int column = 0; column < 5; ++column) {
    EXPECT_EQ(quantized.matrix.Sign(0, column), expected[column]) << column;
  }
  EXPECT_EQ(quantized.matrix.scales, std::vector<float>({4}));
  EXPECT_EQ(Unpack(quantized.matrix), std::vector<float>({4, -4, 0, 4, 0}));
}

TEST(QuantizerTest, GroupsHaveScalesOfTheirOwn) {
  std::vector<float> weights(2 * 70, 0.0f);
  for (int row = 0; row < 2; ++row) {
    weights[row * 70] = 1 + row;
    weights[row * 70 + 33] = -10 - row;
    weights[row * 70 + 69] = 100 + row;
  }
  const QuantizedMatrix quantized = MustQuantize(weights, 2, {.group = 32});
  EXPECT_EQ(quantized.matrix.scales, std::vector<float>({1, 10, 100, 2, 11, 101}));
  EXPECT_EQ(Unpack(quantized.matrix), weights);
  EXPECT_EQ(quantized.statistics.relative_error, 0);
}

// 2 phi(t) / sqrt(2 (1 - Phi(t))) has its maximum of 0.899903 at t = 0.612. A sample of 64 rows is
// off by 3e-4, one of 2048 by 2e-5 to 5e-5.
TEST(QuantizerTest, OptimalReachesTheCosineOfTheOptimumOnNormalRows) {
  EXPECT_GE(MustQuantize(NormalWeights(2048 * 4096), 2048).statistics.cosine, 0.8999);
  const std::vector<float> weights = NormalWeights(64 * 4096);
  const auto cosine = [&](ThresholdMethod method) {
    return MustQuantize(weights, 64, {.threshold = {method}}).statistics.cosine;
  };
  EXPECT_NEAR(cosine(ThresholdMethod::kMeanFraction), 0.899, 0.001);
  EXPECT_LT(cosine(ThresholdMethod::kMeanFraction), cosine(ThresholdMethod::kOptimal));
  EXPECT_NEAR(cosine(ThresholdMethod::kMaxFraction), 0.27, 0.05);
}

TEST(QuantizerTest, SmallerGroupsLeaveLessError) {
  const std::vector<float> weights = NormalWeights(16 * 1024);
  double error = 1;
  for (const int64_t group : {0, 128, 64, 32}) {
    const double smaller = MustQuantize(weights, 16, {.group = group}).statistics.relative_error;
    EXPECT_LT(smaller, error) << group;
    error = smaller;
  }
}

TEST(QuantizerTest, StatisticsAreThoseOfTheUnpackedMatrix) {
  const std::vector<float> weights = NormalWeights(5 * 100);
  for (const int64_t group : {0, 64}) {
    const QuantizedMatrix quantized = MustQuantize(weights, 5, {.group = group});
    const std::vector<float> ternary = Unpack(quantized.matrix);
    const ErrorReport report = CompareArrays(std::vector<double>(weights.begin(), weights.end()),
                                             std::vector<double>(ternary.begin(), ternary.end()));
    const QuantizationStatistics& statistics = quantized.statistics;
    EXPECT_NEAR(statistics.mean_absolute_error, report.mean_absolute, 1e-12);
    EXPECT_NEAR(statistics.root_mean_square_error, report.root_mean_square, 1e-12);
    EXPECT_NEAR(statistics.max_absolute_error, report.max_absolute, 1e-12);
    EXPECT_NEAR(statistics.cosine, report.cosine, 1e-12);
    EXPECT_EQ(statistics.elements, 500);
    EXPECT_EQ(statistics.zeros, std::count(ternary.begin(), ternary.end(), 0));
    EXPECT_EQ(statistics.dense_bytes, 4 * 500);
    EXPECT_EQ(statistics.packed_bytes, TernaryBytes(quantized.matrix.shape));
    // The error of least squares is orthogonal to what is kept.
    EXPECT_NEAR(statistics.relative_error, std::sqrt(1 - statistics.cosine * statistics.cosine),
                1e-6);
  }
}

TEST(QuantizerTest, EveryDtypeIsRead) {
  const std::vector<float> weights = {4, -3, 1, 5};
  const TernaryMatrix expected = MustQuantize(weights, 2).matrix;
  for (const Dtype dtype : {Dtype::kFloat16, Dtype::kBfloat16}) {
    std::vector<uint16_t> stored(4);
    for (int i = 0; i < 4; ++i) StoreElement(dtype, stored.data(), i, weights[i]);
    const auto quantized =
        Quantize({.dtype = dtype, .data = stored.data(), .rows = 2, .columns = 2});
    ASSERT_TRUE(quantized.ok()) << quantized.status();
    EXPECT_EQ(quantized->matrix, expected);
    EXPECT_EQ(quantized->statistics.dense_bytes, 8);
  }
}

TEST(QuantizerTest, TernaryWeightsComeBackUnchanged) {
  const std::vector<float> weights = NormalWeights(7 * 333);
  for (const int64_t group : {0, 32, 64, 128}) {
    const TernaryMatrix matrix = MustQuantize(weights, 7, {.group = group}).matrix;
    EXPECT_EQ(MustQuantize(Unpack(matrix), 7, {.group = group}).matrix, matrix) << group;
  }
}

TEST(QuantizerTest, RowsWithNothingAboveTheThresholdAreZero) {
  const QuantizedMatrix zero = MustQuantize(std::vector<float>(40, 0.0f), 1);
  EXPECT_EQ(zero.matrix.scales, std::vector<float>({0}));
  EXPECT_EQ(zero.statistics.sparsity(), 1);
  EXPECT_EQ(zero.statistics.cosine, 1);
  const QuantizedMatrix dropped =
      MustQuantize({1, 2, 3}, 1, {.threshold = {ThresholdMethod::kManual, 5}});
  EXPECT_EQ(dropped.matrix.scales, std::vector<float>({0}));
  EXPECT_EQ(dropped.statistics.cosine, 0);
}

TEST(QuantizerTest, WeightsThatAreNotFiniteAreNamed) {
  for (const float value : {std::nanf(""), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()}) {
    std::vector<float> weights = NormalWeights(8 * 9);
    weights[5 * 9 + 4] = value;
    weights[7 * 9] = value;
    EXPECT_THAT(ErrorOf({.data = weights.data(), .rows = 8, .columns = 9}), HasSubstr("(5, 4)"));
  }
}

TEST(QuantizerTest, WrongArgumentsAreNamed) {
  const std::vector<float> weights = {1, 2};
  EXPECT_THAT(ErrorOf({.data = weights.data(), .rows = 0, .columns = 2}), HasSubstr("0 rows"));
  EXPECT_THAT(ErrorOf({.data = weights.data(), .rows = 2, .columns = 0}), HasSubstr("0 columns"));
  EXPECT_THAT(ErrorOf({.rows = 1, .columns = 2}), HasSubstr("null"));
  const DenseMatrix dense = {.data = weights.data(), .rows = 1, .columns = 2};
  EXPECT_THAT(ErrorOf(dense, {.group = 16}), HasSubstr("groups of 16"));
  EXPECT_THAT(ErrorOf(dense, {.threshold = {ThresholdMethod::kManual}}),
              HasSubstr("needs a parameter"));
}

}  // namespace
}  // namespace attune
