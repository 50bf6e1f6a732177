// The ternary part as a whole, by what it promises (docs/ternary.md): pipeline, sparsity,
// compression, accuracy bounds, edge cases, linear layer, time bounds.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/model/quantize_model.h"
#include "attention/ternary/quantizer.h"
#include "attention/ternary/ternary_linear.h"
#include "attention/ternary/ternary_matmul.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/error.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kRows = 96, kColumns = 1024, kBatch = 5;

std::vector<float> Normals(int64_t count, uint64_t seed) {
  std::vector<float> values(count);
  FillNormal(seed, Dtype::kFloat32, values.data(), count);
  return values;
}

QuantizedMatrix MustQuantize(const std::vector<float>& weights, const QuantizerOptions& options) {
  auto quantized = Quantize({.data = weights.data(), .rows = kRows, .columns = kColumns}, options);
  EXPECT_TRUE(quantized.ok()) << quantized.status();
  return *std::move(quantized);
}

// activations weights^T + bias in fp64.
std::vector<double> DenseProduct(const std::vector<float>& activations,
                                 const std::vector<float>& weights,
                                 const std::vector<float>& bias) {
  std::vector<double> out(kBatch * kRows);
  for (int64_t m = 0; m < kBatch; ++m) {
    for (int64_t n = 0; n < kRows; ++n) {
      double sum = bias[n];
      for (int64_t k = 0; k < kColumns; ++k) {
        sum += double{activations[m * kColumns + k]} * weights[n * kColumns + k];
      }
      out[m * kRows + n] = sum;
    }
  }
  return out;
}

class TernaryTest : public ::testing::Test {
 protected:
  std::vector<double> RunLinear(const TernaryMatrix& matrix) {
    auto linear = TernaryLinear::Create({matrix, bias_}, {.device = &device_, .cache = &cache_});
    EXPECT_TRUE(linear.ok()) << linear.status();
    std::vector<float> out(kBatch * kRows, std::nanf(""));
    const auto stream = device_.CreateStream().value();
    EXPECT_EQ(linear->Run(kBatch, {.activations = activations_.data(), .out = out.data()}, *stream),
              absl::OkStatus());
    return {out.begin(), out.end()};
  }

  CpuDevice device_;
  TuningCache cache_{TuningCacheOptions()};
  const std::vector<float> weights_ = Normals(kRows * kColumns, 1);
  const std::vector<float> activations_ = Normals(kBatch * kColumns, 2);
  const std::vector<float> bias_ = Normals(kRows, 3);
};

// From a file of weights to a file of ternary ones, back from it, and through the layer.
TEST_F(TernaryTest, Pipeline) {
  const absl::string_view bytes(reinterpret_cast<const char*>(weights_.data()),
                                weights_.size() * sizeof(float));
  const SafetensorsFile dense = {.tensors = {{"up.weight", "F32", {kRows, kColumns}, bytes}}};
  const auto model = QuantizeModel(dense, {.least_elements = 1});
  ASSERT_TRUE(model.ok()) << model.status();
  const auto content = FormatTernaryFile(model->file);
  ASSERT_TRUE(content.ok()) << content.status();
  const auto loaded = ParseTernaryFile(*content);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const TernaryMatrix& matrix = loaded->tensors[0].ternary->matrix;
  EXPECT_EQ(matrix, MustQuantize(weights_, {}).matrix);
  const auto expected = DenseProduct(activations_, Unpack(matrix), bias_);
  EXPECT_EQ(CheckTolerance(CompareArrays(expected, RunLinear(matrix)), {}, "out"),
            absl::OkStatus());
}

// The share of zeros that the formula of each threshold gives a normal distribution, as counted in
// the planes.
TEST_F(TernaryTest, Sparsity) {
  const auto share_below = [](double threshold) { return std::erf(threshold / std::sqrt(2.0)); };
  const double mean = std::sqrt(2 / M_PI);
  const std::pair<Threshold, double> expectations[] = {
      {{ThresholdMethod::kOptimal}, share_below(0.612)},
      {{ThresholdMethod::kMeanFraction}, share_below(0.7 * mean)},
      {{ThresholdMethod::kMeanStd, 1}, share_below(mean + std::sqrt(1 - mean * mean))},
      {{ThresholdMethod::kManual, 1.5}, share_below(1.5)},
      {{ThresholdMethod::kPercentile, 90}, 0.9}};
  for (const auto& [threshold, expected] : expectations) {
    const QuantizedMatrix quantized = MustQuantize(weights_, {.threshold = threshold});
    int64_t zeros = 0;
    for (int64_t i = 0; i < kRows * kColumns; ++i) {
      zeros += quantized.matrix.Sign(i / kColumns, i % kColumns) == 0;
    }
    EXPECT_EQ(quantized.statistics.zeros, zeros);
    EXPECT_NEAR(quantized.statistics.sparsity(), expected, 0.01) << threshold.ToString();
  }
}

// At least 7 times smaller than fp16, as the bytes in memory are.
TEST_F(TernaryTest, Compression) {
  for (const int64_t group : {0, 32, 64, 128}) {
    const QuantizedMatrix quantized = MustQuantize(weights_, {.group = group});
    const TernaryMatrix& matrix = quantized.matrix;
    const auto held =
        static_cast<int64_t>(4 * (matrix.plus.size() + matrix.minus.size() + matrix.scales.size()));
    EXPECT_EQ(quantized.statistics.packed_bytes, held);
    EXPECT_EQ(quantized.statistics.dense_bytes, 4 * kRows * kColumns);
    const double over_fp16 = 2.0 * kRows * kColumns / static_cast<double>(held);
    EXPECT_GE(over_fp16, group == 0 || group == 128 ? 7 : 5.3) << group;
    const auto linear = TernaryLinear::Create({matrix, {}}, {.device = &device_, .cache = &cache_});
    ASSERT_TRUE(linear.ok()) << linear.status();
    EXPECT_EQ(linear->weight_bytes(), held);
  }
}

// How far the ternary layer is from the dense one, and it from its own weights in fp64. Zeros have
// a relative error of 1 and a cosine of 0.
TEST_F(TernaryTest, AccuracyBounds) {
  const QuantizedMatrix quantized = MustQuantize(weights_, {});
  EXPECT_GE(quantized.statistics.cosine, 0.899);
  EXPECT_LE(quantized.statistics.relative_error, 0.44);
  const std::vector<double> out = RunLinear(quantized.matrix);
  const ErrorReport to_ternary =
      CompareArrays(DenseProduct(activations_, Unpack(quantized.matrix), bias_), out);
  EXPECT_LE(to_ternary.mean_absolute, 1e-5);
  EXPECT_GT(to_ternary.cosine, 0.999999);
  const ErrorReport to_dense = CompareArrays(DenseProduct(activations_, weights_, bias_), out);
  EXPECT_GE(to_dense.cosine, 0.88);
  const ErrorReport of_zeros = CompareArrays(DenseProduct(activations_, weights_, bias_),
                                             std::vector<double>(kBatch * kRows, 0.0));
  EXPECT_LE(to_dense.root_mean_square, 0.5 * of_zeros.root_mean_square);
}

TEST_F(TernaryTest, EdgeCases) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    std::vector<float> weights = weights_;
    weights[3 * kColumns + 7] = bad;
    const absl::Status status =
        Quantize({.data = weights.data(), .rows = kRows, .columns = kColumns}).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("weight (3, 7)"));
  }
  EXPECT_FALSE(Quantize({.data = weights_.data(), .rows = 0, .columns = 4}).ok());
  EXPECT_FALSE(Quantize({.data = weights_.data(), .rows = 4, .columns = 0}).ok());
  TernaryMatrix both = MustQuantize(weights_, {}).matrix;
  both.plus[5] = both.minus[5] = 1;
  EXPECT_THAT(std::string(TernaryLinear::Create({both, {}}).status().message()),
              HasSubstr("element (0, 160)"));
  // One weight, all zeros, all equal.
  for (const std::vector<float>& row : {std::vector<float>{-3}, {0, 0, 0}, {2, 2, -2}}) {
    const auto quantized =
        Quantize({.data = row.data(), .rows = 1, .columns = static_cast<int64_t>(row.size())});
    ASSERT_TRUE(quantized.ok()) << quantized.status();
    EXPECT_EQ(Unpack(quantized->matrix), row);
  }
}

TEST_F(TernaryTest, LinearLayer) {
  for (const int64_t group : {0, 64}) {
    const TernaryMatrix matrix = MustQuantize(weights_, {.group = group}).matrix;
    const auto expected = DenseProduct(activations_, Unpack(matrix), bias_);
    const std::vector<double> out = RunLinear(matrix);
    EXPECT_EQ(CheckTolerance(CompareArrays(expected, out), {}, "out"), absl::OkStatus()) << group;
    const std::vector<double> zeros(expected.size(), 0.0);
    EXPECT_NE(CheckTolerance(CompareArrays(expected, zeros), {}, "zeros"), absl::OkStatus());
  }
}

// What bounds the time: bytes read and memory held. The seconds themselves are the benchmark's to
// check (//benchmarks/ternary:cpu_ternary_benchmark, --min_over_sgemv, --max_quantizer_seconds).
TEST_F(TernaryTest, TimeBounds) {
  const TernaryMatmulProblem problem = {.batch = 1, .weights = {.rows = 8192, .columns = 28672}};
  const double dense_bytes = 4.0 * 8192 * 28672;
  EXPECT_GE(dense_bytes / static_cast<double>(BytesMoved(problem)), 15);
  const auto plan = TernaryMatmul::Plan(problem, {.device = &device_, .cache = &cache_});
  ASSERT_TRUE(plan.ok()) << plan.status();
  // Nothing but the packed weights is as large as they are, whatever the kernel's layout and
  // tables.
  EXPECT_EQ(plan->weight_layout().bytes, TernaryBytes(problem.weights));
  EXPECT_LE(plan->workspace_bytes(), TernaryBytes(problem.weights) / 32);
}

}  // namespace
}  // namespace attune
