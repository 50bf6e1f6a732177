#include "attention/ternary/row_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "attention/cpu/only_target.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

// Each kernel beside a loop, on every instruction set, for counts of one step and more.
class RowKernelsTest : public ::testing::TestWithParam<int64_t> {
 protected:
  RowKernelsTest() : weights_(GetParam()), magnitudes_(GetParam()) {
    FillNormal(1, Dtype::kFloat32, weights_.data(), GetParam());
    weights_[3] = 0.5f;  // at the threshold: not above it
    weights_[5] = -0.5f;
    std::transform(weights_.begin(), weights_.end(), magnitudes_.begin(),
                   [](float weight) { return std::abs(weight); });
  }

  template <typename Body>
  void OnEveryTarget(Body body) {
    for (const int64_t target : TestedTargets()) {
      const OnlyTarget only(target);
      SCOPED_TRACE(target);
      body();
    }
  }

  const float* magnitudes() const { return magnitudes_.data(); }

  static constexpr float kThreshold = 0.5f;
  std::vector<float> weights_;
  std::vector<float> magnitudes_;
};

TEST_P(RowKernelsTest, MagnitudesAreTakenOfFiniteWeights) {
  OnEveryTarget([&] {
    std::vector<float> magnitudes(GetParam());
    EXPECT_TRUE(Magnitudes(weights_.data(), GetParam(), magnitudes.data()));
    EXPECT_EQ(magnitudes, magnitudes_);
    for (const float bad : {std::nanf(""), -std::numeric_limits<float>::infinity()}) {
      for (const int64_t place : {int64_t{0}, GetParam() / 2, GetParam() - 1}) {
        std::vector<float> weights = weights_;
        weights[place] = bad;
        EXPECT_FALSE(Magnitudes(weights.data(), GetParam(), magnitudes.data())) << place;
      }
    }
  });
}

TEST_P(RowKernelsTest, LargestAndSumsAreThoseOfALoop) {
  SumAndCount expected;
  for (const float magnitude : magnitudes_) {
    expected.sum += magnitude > kThreshold ? magnitude : 0;
    expected.count += magnitude > kThreshold;
  }
  OnEveryTarget([&] {
    EXPECT_EQ(Largest(magnitudes(), GetParam()),
              *std::max_element(magnitudes_.begin(), magnitudes_.end()));
    const SumAndCount above = SumAbove(magnitudes(), GetParam(), kThreshold);
    EXPECT_EQ(above.count, expected.count);
    EXPECT_NEAR(above.sum, expected.sum, 1e-9);
  });
}

TEST_P(RowKernelsTest, SelectionKeepsTheOrder) {
  std::vector<float> expected;
  for (const float magnitude : magnitudes_) {
    if (magnitude > 0.25f && magnitude <= kThreshold) expected.push_back(magnitude);
  }
  OnEveryTarget([&] {
    std::vector<float> selected(GetParam() + kRowStep);
    selected.resize(SelectBetween(magnitudes(), GetParam(), 0.25f, kThreshold, selected.data()));
    EXPECT_EQ(selected, expected);
  });
}

TEST_P(RowKernelsTest, SignsArePackedLeastSignificantBitFirst) {
  OnEveryTarget([&] {
    std::vector<uint32_t> plus(GetParam() / 32), minus(GetParam() / 32);
    PackSigns(weights_.data(), GetParam(), kThreshold, plus.data(), minus.data());
    for (int64_t i = 0; i < GetParam(); ++i) {
      EXPECT_EQ(plus[i / 32] >> i % 32 & 1, weights_[i] > kThreshold) << i;
      EXPECT_EQ(minus[i / 32] >> i % 32 & 1, weights_[i] < -kThreshold) << i;
    }
  });
}

TEST_P(RowKernelsTest, ErrorsAreThoseOfALoop) {
  constexpr float kScale = 1.25f;
  ErrorSums expected;
  for (const double weight : magnitudes_) {
    const double ternary = weight > kThreshold ? kScale : 0;
    expected.kept += weight > kThreshold;
    expected.absolute_error += std::abs(weight - ternary);
    expected.squared_error += (weight - ternary) * (weight - ternary);
    expected.max_error = std::max(expected.max_error, std::abs(weight - ternary));
    expected.squared_weights += weight * weight;
    expected.squared_ternary += ternary * ternary;
    expected.product += weight * ternary;
  }
  OnEveryTarget([&] {
    const ErrorSums sums = MeasureError(magnitudes(), GetParam(), kThreshold, kScale);
    EXPECT_EQ(sums.kept, expected.kept);
    EXPECT_EQ(sums.max_error, expected.max_error);
    EXPECT_NEAR(sums.absolute_error, expected.absolute_error, 1e-9);
    EXPECT_NEAR(sums.squared_error, expected.squared_error, 1e-9);
    EXPECT_NEAR(sums.squared_weights, expected.squared_weights, 1e-9);
    EXPECT_NEAR(sums.squared_ternary, expected.squared_ternary, 1e-9);
    EXPECT_NEAR(sums.product, expected.product, 1e-9);
  });
}

INSTANTIATE_TEST_SUITE_P(Counts, RowKernelsTest, ::testing::Values(32, 64, 992));

}  // namespace
}  // namespace attune
