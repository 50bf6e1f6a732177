#include "attention/reference/inputs.h"

#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

TEST(LoadContiguousTest, ReordersAndLeavesGapsOut) {
  // [batch 1, length 2, head 2, dim 2] in memory, with a gap behind each row of a head.
  const float gap = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> data = {1, 2, gap, 3, 4, gap, 5, 6, gap, 7, 8};
  EXPECT_THAT(LoadContiguous(Dtype::kFloat32, data.data(), {1, 2, 2, 2}, {0, 3, 6}),
              ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
}

TEST(LoadContiguousTest, ReadsSixteenBitTypes) {
  std::vector<uint16_t> data(3);
  for (const Dtype dtype : {Dtype::kFloat16, Dtype::kBfloat16}) {
    for (int i = 0; i < 3; ++i) StoreElement(dtype, data.data(), i, 1.5f * i);
    EXPECT_THAT(LoadContiguous(dtype, data.data(), {1, 1, 3, 1}, {0, 0, 1}),
                ElementsAre(0, 1.5, 3));
  }
}

TEST(LoadContiguousTest, EmptyTensorReadsNothing) {
  EXPECT_TRUE(LoadContiguous(Dtype::kFloat32, nullptr, {2, 3, 0, 8}, {0, 0, 0}).empty());
}

TEST(LoadReferenceInputsTest, TakesEachTensorWithItsOwnShapeAndStrides) {
  const Problem problem = {.dtype = Dtype::kFloat32,
                           .q_heads = 2,
                           .kv_heads = 1,
                           .q_len = 1,
                           .kv_len = 2,
                           .qk_dim = 8,
                           .v_dim = 16,
                           .alibi = true,
                           .value_strides = Strides{.batch = 0, .head = 0, .length = 20}};
  std::vector<float> numbers(64);
  for (int i = 0; i < 64; ++i) numbers[i] = static_cast<float>(i);
  BackwardTensors tensors;
  tensors.query = numbers.data();
  tensors.key = numbers.data() + 1;
  tensors.value = numbers.data() + 2;
  tensors.alibi_slopes = numbers.data() + 3;
  tensors.d_out = numbers.data() + 4;
  const ReferenceInputs inputs = LoadReferenceInputs(problem, tensors);
  const std::vector<double> all(numbers.begin(), numbers.end());
  const auto slice = [&](int begin, int end) {
    return std::vector<double>(all.begin() + begin, all.begin() + end);
  };
  EXPECT_THAT(inputs.query, ElementsAreArray(slice(0, 16)));
  EXPECT_THAT(inputs.key, ElementsAreArray(slice(1, 17)));
  std::vector<double> value = slice(2, 18);
  for (const double v : slice(22, 38)) value.push_back(v);
  EXPECT_THAT(inputs.value, ElementsAreArray(value));
  EXPECT_THAT(inputs.alibi_slopes, ElementsAre(3, 4));
  EXPECT_THAT(inputs.d_out, ElementsAreArray(slice(4, 36)));
}

}  // namespace
}  // namespace attune
