#include "numerics/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

// The first outputs of SplitMix64 from the state 1234567, by the published algorithm.
TEST(RandomTest, BitsAreSplitMix64) {
  EXPECT_EQ(RandomBits(1234567, 0), 6457827717110365317u);
  EXPECT_EQ(RandomBits(1234567, 1), 3203168211198807973u);
  EXPECT_EQ(RandomBits(1234567, 2), 9817491932198370423u);
}

TEST(RandomTest, SeedsAndIndicesGiveUnlikeBits) {
  int differing = 0;
  constexpr int kDraws = 10000;
  for (uint64_t i = 0; i < kDraws; ++i) {
    differing += std::popcount(RandomBits(i, 0) ^ RandomBits(i + 1, 0));
  }
  EXPECT_NEAR(static_cast<double>(differing) / kDraws, 32, 0.2);
}

TEST(RandomTest, UniformFillsTheUnitInterval) {
  constexpr int kDraws = 100000;
  double sum = 0, smallest = 1, largest = 0;
  for (uint64_t i = 0; i < kDraws; ++i) {
    const double u = RandomUniform(7, i);
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    smallest = std::min(smallest, u);
    largest = std::max(largest, u);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.005);
  EXPECT_LT(smallest, 1e-3);
  EXPECT_GT(largest, 1 - 1e-3);
}

TEST(RandomTest, NormalHasStandardMomentsAndTails) {
  constexpr int kDraws = 200000;
  double sum = 0, squares = 0, fourths = 0;
  int beyond_two = 0;
  for (uint64_t i = 0; i < kDraws; ++i) {
    const double x = RandomNormal(11, i);
    ASSERT_TRUE(std::isfinite(x)) << i;
    sum += x;
    squares += x * x;
    fourths += x * x * x * x;
    beyond_two += std::abs(x) > 2;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.01);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
  EXPECT_NEAR(fourths / kDraws, 3, 0.15);
  EXPECT_NEAR(static_cast<double>(beyond_two) / kDraws, 0.0455, 0.003);
}

TEST(RandomTest, NeighbouringNormalsAreUncorrelated) {
  constexpr int kDraws = 100000;
  double within = 0, across = 0;
  for (uint64_t i = 0; i < kDraws; ++i) {
    within += RandomNormal(5, i) * RandomNormal(5, i + 1);
    across += RandomNormal(5, i) * RandomNormal(6, i);
  }
  EXPECT_NEAR(within / kDraws, 0, 0.015);
  EXPECT_NEAR(across / kDraws, 0, 0.015);
}

TEST(RandomTest, FillIsTheSeedsDrawsTimesScaleRounded) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    std::vector<float> data(65, -7.0f);
    FillNormal(19, dtype, data.data(), 64, 0.25);
    for (int64_t i = 0; i < 64; ++i) {
      const double exact = 0.25 * RandomNormal(19, i);
      EXPECT_NEAR(LoadElement(dtype, data.data(), i), exact, std::abs(exact) * DtypeEpsilon(dtype));
    }
    EXPECT_EQ(data[64], -7.0f);
  }
}

}  // namespace
}  // namespace attune
