#include "attention/verification/guarded_array.h"

#include <cmath>
#include <cstdint>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

class GuardedArrayTest : public ::testing::TestWithParam<Dtype> {};

TEST_P(GuardedArrayTest, StartsAlignedPoisonedAndIntact) {
  for (const int64_t elements : {0, 1, 63, 64, 65, 1000}) {
    const GuardedArray array(GetParam(), elements);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data()) % 256, 0u);
    EXPECT_TRUE(array.CheckGuards("out").ok());
    for (int64_t i = 0; i < elements; ++i) {
      EXPECT_TRUE(array.IsPoison(i));
      EXPECT_TRUE(std::isnan(LoadElement(GetParam(), array.data(), i)));
    }
    // Canaries read as NaN too.
    EXPECT_TRUE(std::isnan(LoadElement(GetParam(), array.data(), -1)));
    EXPECT_TRUE(std::isnan(LoadElement(GetParam(), array.data(), elements)));
  }
}

TEST_P(GuardedArrayTest, WrittenElementsAreNoPoisonEvenIfNan) {
  GuardedArray array(GetParam(), 5);
  StoreElement(GetParam(), array.data(), 2, 1.0f);
  StoreElement(GetParam(), array.data(), 3, std::nanf(""));
  EXPECT_TRUE(array.IsPoison(1));
  EXPECT_FALSE(array.IsPoison(2));
  EXPECT_FALSE(array.IsPoison(3));
  EXPECT_TRUE(array.IsPoison(4));
  EXPECT_TRUE(array.CheckGuards("out").ok());
  array.Poison();
  EXPECT_TRUE(array.IsPoison(2));
}

TEST_P(GuardedArrayTest, FindsASingleWriteOutside) {
  for (const int64_t elements : {0, 1, 64, 77}) {
    GuardedArray before(GetParam(), elements);
    StoreElement(GetParam(), before.data(), -1, 0.0f);
    EXPECT_THAT(std::string(before.CheckGuards("d_key").message()),
                HasSubstr("bytes before its first element"));
    GuardedArray after(GetParam(), elements);
    StoreElement(GetParam(), after.data(), elements, 0.0f);
    EXPECT_THAT(std::string(after.CheckGuards("d_key").message()),
                HasSubstr("d_key: memory outside the tensor was written, 0 bytes past"));
    // Its own poison in a guard is a write too.
    GuardedArray last(GetParam(), elements);
    last.bytes()[last.bytes().size() - 2] = 0xf9;
    EXPECT_EQ(last.CheckGuards("out").code(), absl::StatusCode::kDataLoss);
  }
}

TEST_P(GuardedArrayTest, CopiesKeepTheirContentAndAlignment) {
  GuardedArray array(GetParam(), 10);
  StoreElement(GetParam(), array.data(), 3, 2.0f);
  const GuardedArray copy = array;
  EXPECT_EQ(reinterpret_cast<uintptr_t>(copy.data()) % 256, 0u);
  EXPECT_EQ(LoadElement(GetParam(), copy.data(), 3), 2.0f);
  EXPECT_TRUE(copy.CheckGuards("copy").ok());
}

INSTANTIATE_TEST_SUITE_P(Dtypes, GuardedArrayTest,
                         ::testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16),
                         [](const auto& info) { return std::string(DtypeName(info.param)); });

}  // namespace
}  // namespace attune
