#include "numerics/nan.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace attune {
namespace {

constexpr int64_t kCount = 5000;  // several blocks and a tail

class FirstNanTest : public testing::TestWithParam<Dtype> {
 protected:
  void Set(int64_t index, float value) { StoreElement(GetParam(), data_.data(), index, value); }
  std::optional<int64_t> Find(int64_t count = kCount) {
    return FirstNan(GetParam(), data_.data(), count);
  }

  std::vector<float> data_ = std::vector<float>(kCount);
};

TEST_P(FirstNanTest, NumbersAndInfinitiesAreNone) {
  for (int64_t i = 0; i < kCount; ++i) Set(i, static_cast<float>(i % 7) - 3);
  Set(3, std::numeric_limits<float>::infinity());
  Set(4, -std::numeric_limits<float>::infinity());
  EXPECT_EQ(Find(), std::nullopt);
  EXPECT_EQ(Find(0), std::nullopt);
}

TEST_P(FirstNanTest, TheFirstIsFoundWhereverItIsAndOfEitherSign) {
  for (const int64_t index : {kCount - 1, int64_t{1024}, int64_t{1023}, int64_t{0}}) {
    Set(index, std::copysign(std::numeric_limits<float>::quiet_NaN(), index % 2 == 0 ? -1.0f : 1));
    EXPECT_EQ(Find(), index);
  }
}

TEST_P(FirstNanTest, OfManyTheFirstIsFoundInLongArrays) {
  data_.resize(3 << 20);
  const int64_t count = static_cast<int64_t>(data_.size());
  EXPECT_EQ(Find(count), std::nullopt);
  for (const int64_t index : {int64_t{(3 << 20) - 1}, int64_t{1 << 20}, int64_t{(1 << 20) - 1}}) {
    Set(index, std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(Find(count), index);
  }
}

TEST_P(FirstNanTest, WhatLiesBehindTheElementsIsNotRead) {
  Set(10, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(Find(10), std::nullopt);
  EXPECT_EQ(Find(11), 10);
}

INSTANTIATE_TEST_SUITE_P(Dtypes, FirstNanTest,
                         testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16),
                         [](const auto& info) { return std::string(DtypeName(info.param)); });

}  // namespace
}  // namespace attune
