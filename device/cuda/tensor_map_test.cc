#include "device/cuda/tensor_map.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "device/cuda/context.h"
#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

// A [4096, 64] matrix of halves, in boxes of 128 rows.
TensorMapSpec Matrix() {
  TensorMapSpec spec;
  spec.address = reinterpret_cast<const void*>(uintptr_t{0x7f0000000000});
  spec.element = TensorMapElement::kFloat16;
  spec.rank = 2;
  spec.dims = {64, 4096};
  spec.strides = DenseStrides(spec.element, spec.rank, spec.dims);
  spec.box = {64, 128};
  spec.swizzle = TensorMapSwizzle::k128Bytes;
  return spec;
}

// Whether `spec` is refused with a message that has `fragment`.
void ExpectInvalid(const TensorMapSpec& spec, absl::string_view fragment) {
  const absl::Status status = ValidateTensorMap(spec);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << fragment;
  EXPECT_TRUE(absl::StrContains(status.message(), fragment)) << status;
}

TEST(TensorMapTest, DenseStridesAreBytesFromTheInnermostOut) {
  const auto strides = DenseStrides(TensorMapElement::kFloat32, 3, {8, 5, 3});
  EXPECT_EQ(strides[0], 4);
  EXPECT_EQ(strides[1], 32);
  EXPECT_EQ(strides[2], 160);
}

TEST(TensorMapTest, EncodesDriverConventions) {
  const Driver driver = MakeFakeDriver();
  const auto context = CudaContext::Retain(driver, 0);
  ASSERT_TRUE(context.ok()) << context.status();
  const absl::StatusOr<CUtensorMap> map = EncodeTensorMap(**context, Matrix());
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->opaque[0], CU_TENSOR_MAP_DATA_TYPE_FLOAT16);
  EXPECT_EQ(map->opaque[1], 2);
  EXPECT_EQ(map->opaque[2], 64);
  EXPECT_EQ(map->opaque[3], 128);
  EXPECT_EQ(map->opaque[4], 128);
  EXPECT_EQ(map->opaque[5], CU_TENSOR_MAP_SWIZZLE_128B);
}

TEST(TensorMapTest, AddressIsReplacedAndNothingElse) {
  const Driver driver = MakeFakeDriver();
  const auto context = CudaContext::Retain(driver, 0);
  ASSERT_TRUE(context.ok()) << context.status();
  absl::StatusOr<CUtensorMap> map = EncodeTensorMap(**context, Matrix());
  ASSERT_TRUE(map.ok()) << map.status();
  TensorMapSpec moved = Matrix();
  moved.address = reinterpret_cast<const void*>(uintptr_t{0x7f0000abcde0});
  const absl::StatusOr<CUtensorMap> expected = EncodeTensorMap(**context, moved);
  ASSERT_TRUE(expected.ok()) << expected.status();
  const absl::Status status = ReplaceTensorMapAddress(**context, moved.address, *map);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_TRUE(std::equal(map->opaque, map->opaque + 7, expected->opaque));
  const absl::Status odd =
      ReplaceTensorMapAddress(**context, static_cast<const char*>(moved.address) + 8, *map);
  EXPECT_EQ(odd.code(), absl::StatusCode::kInvalidArgument) << odd;
}

TEST(TensorMapTest, RankIsOneToFive) {
  TensorMapSpec spec = Matrix();
  spec.rank = 0;
  ExpectInvalid(spec, "rank is 0, expected 1 to 5");
  spec.rank = 6;
  ExpectInvalid(spec, "rank is 6");
}

TEST(TensorMapTest, AddressIsSetAndAligned) {
  TensorMapSpec spec = Matrix();
  spec.address = nullptr;
  ExpectInvalid(spec, "address is null");
  spec.address = reinterpret_cast<const void*>(uintptr_t{0x7f0000000008});
  ExpectInvalid(spec, "address modulo 16 is 8");
}

TEST(TensorMapTest, DimensionsArePositiveAndAtMostTwoToThe32) {
  TensorMapSpec spec = Matrix();
  spec.dims[1] = 0;
  ExpectInvalid(spec, "dims[1] is 0");
  spec.dims[1] = int64_t{1} << 32;
  EXPECT_TRUE(ValidateTensorMap(spec).ok());
  spec.dims[1] += 1;
  ExpectInvalid(spec, "dims[1] is 4294967297");
}

TEST(TensorMapTest, StridesAreMultiplesOf16Below2To40) {
  TensorMapSpec spec = Matrix();
  spec.strides[1] = 136;
  ExpectInvalid(spec, "strides[1] is 136, expected a multiple of 16");
  spec.strides[1] = int64_t{1} << 40;
  ExpectInvalid(spec, "strides[1]");
  spec.strides[1] = 0;
  EXPECT_TRUE(ValidateTensorMap(spec).ok());
}

TEST(TensorMapTest, BoxIsOneTo256ElementsAndWhole16Bytes) {
  TensorMapSpec spec = Matrix();
  spec.box[1] = 257;
  ExpectInvalid(spec, "box[1] is 257");
  spec = Matrix();
  spec.box[0] = 12;
  ExpectInvalid(spec, "box[0] in bytes is 24, expected a multiple of 16");
}

TEST(TensorMapTest, BoxRowFitsTheSwizzle) {
  TensorMapSpec spec = Matrix();
  spec.box[0] = 128;
  ExpectInvalid(spec, "box[0] in bytes is 256, expected at most the 128");
  spec.swizzle = TensorMapSwizzle::kNone;
  EXPECT_TRUE(ValidateTensorMap(spec).ok());
}

TEST(TensorMapTest, OnlyFloatsFillWithNan) {
  TensorMapSpec spec = Matrix();
  spec.fill = TensorMapFill::kNan;
  EXPECT_TRUE(ValidateTensorMap(spec).ok());
  spec.element = TensorMapElement::kUint8;
  ExpectInvalid(spec, "NaN");
}

}  // namespace
}  // namespace attune
