#include "attention/ternary/ternary_attention.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "device/cpu/cpu_device.h"
#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"
#include "numerics/error.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using Rows = std::vector<std::vector<double>>;

TernaryLinearWeights DrawWeights(int64_t rows, int64_t columns, uint64_t seed) {
  std::vector<float> bias(rows);
  FillNormal(seed + 100, Dtype::kFloat32, bias.data(), rows, 0.1);
  return {RandomTernaryMatrix({.rows = rows, .columns = columns, .group = 32}, seed), bias};
}

// x W^T + bias in fp64, element by element.
Rows Project(const Rows& x, const TernaryLinearWeights& weights) {
  const TernaryShape& shape = weights.matrix.shape;
  Rows y(x.size(), std::vector<double>(shape.rows));
  for (size_t i = 0; i < x.size(); ++i) {
    for (int64_t n = 0; n < shape.rows; ++n) {
      y[i][n] = weights.bias[n];
      for (int64_t k = 0; k < shape.columns; ++k) {
        y[i][n] += weights.matrix.Sign(n, k) * double{weights.matrix.Scale(n, k)} * x[i][k];
      }
    }
  }
  return y;
}

// What position `row` of one sequence sees, in fp64.
std::vector<double> AttendRow(const TernaryAttentionShape& shape, const Rows& query,
                              const Rows& key, const Rows& value, size_t row) {
  std::vector<double> out(shape.q_dim());
  for (int64_t head = 0; head < shape.q_heads; ++head) {
    const int64_t q = head * shape.head_dim;
    const int64_t kv = head / (shape.q_heads / shape.kv_heads) * shape.head_dim;
    double sum = 0;
    std::vector<double> weighted(shape.head_dim);
    for (size_t j = 0; j <= row; ++j) {
      double score = 0;
      for (int64_t d = 0; d < shape.head_dim; ++d) score += query[row][q + d] * key[j][kv + d];
      const double weight = std::exp(score / std::sqrt(static_cast<double>(shape.head_dim)));
      sum += weight;
      for (int64_t d = 0; d < shape.head_dim; ++d) weighted[d] += weight * value[j][kv + d];
    }
    for (int64_t d = 0; d < shape.head_dim; ++d) out[q + d] = weighted[d] / sum;
  }
  return out;
}

// A processor that refuses one allocation.
class RefusingDevice : public CpuDevice {
 public:
  // The one after the next `count`.
  void RefuseAfter(int count) { left_ = count; }

  absl::StatusOr<Buffer> Allocate(int64_t bytes) override {
    if (left_-- == 0) return absl::ResourceExhaustedError("refused");
    return CpuDevice::Allocate(bytes);
  }

 private:
  int left_ = -1;
};

class TernaryAttentionTest : public ::testing::TestWithParam<Dtype> {
 protected:
  TernaryAttentionTest() {
    shape_ = {.dtype = GetParam(), .model_dim = 48, .q_heads = 4, .kv_heads = 2, .head_dim = 16};
    weights_ = {.query = DrawWeights(shape_.q_dim(), 48, 1),
                .key = DrawWeights(shape_.kv_dim(), 48, 2),
                .value = DrawWeights(shape_.kv_dim(), 48, 3),
                .output = DrawWeights(48, shape_.q_dim(), 4)};
    hidden_.resize(kLength * kBatch * 48 * DtypeBytes(GetParam()));
    FillNormal(5, GetParam(), hidden_.data(), kLength * kBatch * 48);
  }

  // Outputs [position, sequence, model_dim] of all positions at once, in fp64.
  std::vector<double> Expected() const {
    std::vector<double> expected(kLength * kBatch * 48);
    for (int64_t b = 0; b < kBatch; ++b) {
      Rows x(kLength, std::vector<double>(48));
      for (int64_t i = 0; i < kLength * 48; ++i) {
        x[i / 48][i % 48] =
            LoadElement(GetParam(), hidden_.data(), (i / 48 * kBatch + b) * 48 + i % 48);
      }
      const Rows query = Project(x, weights_.query), key = Project(x, weights_.key);
      const Rows value = Project(x, weights_.value);
      Rows attended;
      for (size_t row = 0; row < kLength; ++row) {
        attended.push_back(AttendRow(shape_, query, key, value, row));
      }
      const Rows out = Project(attended, weights_.output);
      for (int64_t i = 0; i < kLength * 48; ++i) {
        expected[(i / 48 * kBatch + b) * 48 + i % 48] = out[i / 48][i % 48];
      }
    }
    return expected;
  }

  // The layer's outputs, `steps` positions at a time.
  std::vector<double> Run(const std::vector<int64_t>& steps) {
    auto layer = TernaryAttention::Create(shape_, weights_, &device_, &cache_);
    EXPECT_TRUE(layer.ok()) << layer.status();
    auto cache = layer->MakeCache(kBatch, kLength);
    EXPECT_TRUE(cache.ok()) << cache.status();
    const auto stream = device_.CreateStream().value();
    std::vector<char> out(hidden_.size(), '\xff');
    const int64_t row_bytes = kBatch * 48 * DtypeBytes(GetParam());
    for (const int64_t length : steps) {
      const int64_t offset = cache->length() * row_bytes;
      EXPECT_EQ(layer->Run(length, hidden_.data() + offset, out.data() + offset, *cache, *stream),
                absl::OkStatus());
    }
    std::vector<double> values(kLength * kBatch * 48);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = LoadElement(GetParam(), out.data(), static_cast<int64_t>(i));
    }
    return values;
  }

  // In bf16 queries, keys, values and what attention gives are rounded too: a few times 2^-9 of
  // values of the order of one.
  Tolerance Limits() const {
    if (GetParam() == Dtype::kFloat32) return {1e-6, 1e-6, 1e-5, 0.99999};
    return {0.01, 0.02, 0.1, 0.999};
  }

  static constexpr int64_t kLength = 13;
  static constexpr int64_t kBatch = 3;
  CpuDevice device_;
  TuningCache cache_{TuningCacheOptions()};
  TernaryAttentionShape shape_;
  TernaryAttentionWeights weights_;
  std::vector<char> hidden_;
};

TEST_P(TernaryAttentionTest, PrefillMatchesFp64) {
  EXPECT_EQ(CheckTolerance(CompareArrays(Expected(), Run({kLength})), Limits(), "prefill"),
            absl::OkStatus());
}

TEST_P(TernaryAttentionTest, DecodingBehindAPrefillMatchesFp64) {
  EXPECT_EQ(CheckTolerance(CompareArrays(Expected(), Run({8, 1, 1, 2, 1})), Limits(), "decode"),
            absl::OkStatus());
}

TEST_P(TernaryAttentionTest, CachesThatAreFullAreLeftAlone) {
  auto layer = TernaryAttention::Create(shape_, weights_, &device_, &cache_);
  ASSERT_TRUE(layer.ok()) << layer.status();
  auto cache = layer->MakeCache(1, 3);
  const auto stream = device_.CreateStream().value();
  std::vector<char> out(hidden_.size());
  ASSERT_EQ(layer->Run(2, hidden_.data(), out.data(), *cache, *stream), absl::OkStatus());
  for (const int64_t length : {0, 2, -1}) {
    const absl::Status status = layer->Run(length, hidden_.data(), out.data(), *cache, *stream);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("holds 2 of 3; expected 1 to 1"));
  }
  EXPECT_EQ(cache->length(), 2);
  cache->Truncate(3);
  EXPECT_EQ(cache->length(), 2);
  cache->Truncate(-1);
  EXPECT_EQ(cache->length(), 0);
  ASSERT_EQ(layer->Run(2, hidden_.data(), out.data(), *cache, *stream), absl::OkStatus());
  cache->Truncate(1);
  EXPECT_EQ(layer->Run(2, hidden_.data(), out.data(), *cache, *stream), absl::OkStatus());
  EXPECT_FALSE(layer->MakeCache(0, 3).ok());
  EXPECT_FALSE(layer->MakeCache(1, 0).ok());
}

TEST_P(TernaryAttentionTest, CachesOfOtherLayersAreRefused) {
  auto layer = TernaryAttention::Create(shape_, weights_, &device_, &cache_);
  ASSERT_TRUE(layer.ok()) << layer.status();
  const auto stream = device_.CreateStream().value();
  std::vector<char> out(hidden_.size());
  const auto expect_refused = [&](const TernaryAttentionShape& shape, Device& device,
                                  const std::string& what) {
    auto cache = KeyValueCache::Create(shape, 1, 3, device);
    ASSERT_TRUE(cache.ok()) << cache.status();
    const absl::Status status = layer->Run(1, hidden_.data(), out.data(), *cache, *stream);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("the cache has " + what));
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("; expected kv_heads 2, head_dim 16, dtype "));
    EXPECT_EQ(cache->length(), 0);
  };
  TernaryAttentionShape shape = shape_;
  shape.kv_heads = 1;
  expect_refused(shape, device_, "kv_heads 1, head_dim 16,");
  shape = shape_;
  shape.head_dim = 8;
  expect_refused(shape, device_, "kv_heads 2, head_dim 8,");
  shape = shape_;
  shape.dtype = GetParam() == Dtype::kFloat32 ? Dtype::kBfloat16 : Dtype::kFloat32;
  expect_refused(shape, device_,
                 absl::StrCat("kv_heads 2, head_dim 16, dtype ", DtypeName(shape.dtype)));
  FakeDevice other;
  expect_refused(
      shape_, other,
      absl::StrCat("kv_heads 2, head_dim 16, dtype ", DtypeName(shape_.dtype), " on fake"));
}

TEST_P(TernaryAttentionTest, ARunThatFoundNoMemoryMayBeRepeated) {
  RefusingDevice device;
  auto layer = TernaryAttention::Create(shape_, weights_, &device, &cache_);
  ASSERT_TRUE(layer.ok()) << layer.status();
  auto cache = layer->MakeCache(kBatch, kLength);
  ASSERT_TRUE(cache.ok()) << cache.status();
  const auto stream = device.CreateStream().value();
  std::vector<char> out(hidden_.size());
  const auto run = [&](int64_t length) {
    cache->Truncate(0);
    return layer->Run(length, hidden_.data(), out.data(), *cache, *stream);
  };
  // Queries get their rows, what attention gives does not: at first, and as rows become more.
  for (const int64_t length : {1, 13}) {
    device.RefuseAfter(1);
    const int64_t bytes = device.memory_usage().current_bytes;
    EXPECT_EQ(run(length).code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(device.memory_usage().current_bytes, bytes);
    EXPECT_EQ(cache->length(), 0);
    EXPECT_EQ(run(length), absl::OkStatus());
  }
}

TEST_P(TernaryAttentionTest, WeightsOfOtherShapesAreNamed) {
  TernaryAttentionWeights weights = weights_;
  weights.value = DrawWeights(shape_.kv_dim() + 1, 48, 1);
  const absl::Status status = TernaryAttention::Create(shape_, weights, &device_, &cache_).status();
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the value projection is 33x48 in groups of 32; expected 32x48"));
  TernaryAttentionShape odd = shape_;
  odd.head_dim = 12;
  EXPECT_FALSE(TernaryAttention::Create(odd, weights_, &device_, &cache_).ok());
}

INSTANTIATE_TEST_SUITE_P(Dtypes, TernaryAttentionTest,
                         ::testing::Values(Dtype::kFloat32, Dtype::kBfloat16),
                         [](const auto& info) { return std::string(DtypeName(info.param)); });

}  // namespace
}  // namespace attune
