#include "attention/verification/random_buffers.h"

#include <cmath>
#include <cstring>
#include <set>

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(RandomBuffersTest, FloatsAreFiniteAndFollowTheSeed) {
  const NamedBuffer buffer = {.name = "bias", .element = BufferElement::kFloat32, .extent = 100};
  const std::vector<uint8_t> bytes = RandomBuffer(buffer, 1);
  ASSERT_EQ(bytes.size(), 400u);
  std::set<float> values;
  for (int i = 0; i < 100; ++i) {
    float value;
    std::memcpy(&value, bytes.data() + 4 * i, 4);
    EXPECT_TRUE(std::isfinite(value));
    values.insert(value);
  }
  EXPECT_GT(values.size(), 90u);
  EXPECT_EQ(RandomBuffer(buffer, 1), bytes);
  EXPECT_NE(RandomBuffer(buffer, 2), bytes);
}

TEST(RandomBuffersTest, IntegersAreSmallIds) {
  const std::vector<uint8_t> bytes =
      RandomBuffer({.name = "ids", .element = BufferElement::kInt32, .extent = 100}, 1);
  std::set<int32_t> values;
  for (int i = 0; i < 100; ++i) {
    int32_t value;
    std::memcpy(&value, bytes.data() + 4 * i, 4);
    values.insert(value);
  }
  EXPECT_EQ(values, (std::set<int32_t>{0, 1, 2, 3}));
}

}  // namespace
}  // namespace attune
