#include "numerics/dtype.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Format {
  const char* name;
  uint16_t (*encode)(float);
  float (*decode)(uint16_t);
  uint16_t infinity;
};
const Format kHalf = {"fp16", FloatToHalfBits, HalfBitsToFloat, 0x7c00};
const Format kBfloat16 = {"bf16", FloatToBfloat16Bits, Bfloat16BitsToFloat, 0x7f80};

class SixteenBitTest : public ::testing::TestWithParam<Format> {};

TEST_P(SixteenBitTest, EveryPatternSurvivesTheRoundTrip) {
  const Format& format = GetParam();
  for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
    const uint16_t bits = static_cast<uint16_t>(pattern);
    const float value = format.decode(bits);
    if ((bits & 0x7fff) > format.infinity) {
      ASSERT_TRUE(std::isnan(value)) << pattern;
      ASSERT_TRUE(std::isnan(format.decode(format.encode(value)))) << pattern;
      ASSERT_EQ(format.encode(value) & 0x8000, bits & 0x8000) << pattern;
    } else {
      ASSERT_EQ(format.encode(value), bits) << pattern;
    }
  }
}

TEST_P(SixteenBitTest, ValuesGrowWithTheirPatterns) {
  const Format& format = GetParam();
  for (uint16_t bits = 0; bits < format.infinity; ++bits) {
    ASSERT_LT(format.decode(bits), format.decode(bits + 1)) << bits;
  }
  EXPECT_EQ(format.decode(format.infinity), kInfinity);
}

// The midpoint of two neighbours is exact in float except next to bf16's subnormals' float
// equivalents, where it is exact too: bf16 has 16 bits fewer than float everywhere.
TEST_P(SixteenBitTest, RoundsToNearestAndTiesToEven) {
  const Format& format = GetParam();
  for (uint16_t low = 0; low + 1 < format.infinity; ++low) {
    const uint16_t high = low + 1;
    const float middle =
        static_cast<float>((double{format.decode(low)} + double{format.decode(high)}) / 2);
    const uint16_t even = low % 2 == 0 ? low : high;
    ASSERT_EQ(format.encode(middle), even) << low;
    ASSERT_EQ(format.encode(-middle), even | 0x8000) << low;
    ASSERT_EQ(format.encode(std::nextafter(middle, 0.0f)), low) << low;
    ASSERT_EQ(format.encode(std::nextafter(middle, kInfinity)), high) << low;
  }
}

TEST_P(SixteenBitTest, OverflowBecomesInfinity) {
  const Format& format = GetParam();
  const double largest = format.decode(format.infinity - 1);
  const double step = largest - format.decode(format.infinity - 2);
  const float tie = static_cast<float>(largest + step / 2);
  EXPECT_EQ(format.encode(tie), format.infinity);
  EXPECT_EQ(format.encode(-tie), format.infinity | 0x8000);
  EXPECT_EQ(format.encode(std::nextafter(tie, 0.0f)), format.infinity - 1);
  EXPECT_EQ(format.encode(std::numeric_limits<float>::max()), format.infinity);
  EXPECT_EQ(format.encode(kInfinity), format.infinity);
  EXPECT_EQ(format.encode(-kInfinity), format.infinity | 0x8000);
}

TEST_P(SixteenBitTest, EveryNanStaysNan) {
  const Format& format = GetParam();
  // The lowest and highest payloads, and one whose kept bits are all zero.
  for (const uint32_t bits : {0x7f800001u, 0x7fffffffu, 0xff800001u, 0x7f801000u, 0x7fc00000u}) {
    const float nan = std::bit_cast<float>(bits);
    EXPECT_TRUE(std::isnan(format.decode(format.encode(nan)))) << bits;
  }
}

TEST_P(SixteenBitTest, RandomFloatsGoToTheNearest) {
  const Format& format = GetParam();
  constexpr uint64_t kSeed = 3;
  for (uint64_t draw = 0; draw < 200000; ++draw) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(RandomBits(kSeed, draw)));
    if (!std::isfinite(value)) continue;
    const uint16_t bits = format.encode(value);
    if ((bits & 0x7fff) == format.infinity) continue;  // OverflowBecomesInfinity
    const double error = std::abs(double{format.decode(bits)} - value);
    const uint16_t magnitude = bits & 0x7fff;
    const double positive = std::abs(double{value});
    if (magnitude > 0) {
      ASSERT_LE(error, std::abs(double{format.decode(magnitude - 1)} - positive))
          << "seed " << kSeed << " draw " << draw;
    }
    ASSERT_LE(error, std::abs(double{format.decode(magnitude + 1)} - positive))
        << "seed " << kSeed << " draw " << draw;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, SixteenBitTest, ::testing::Values(kHalf, kBfloat16),
                         [](const auto& info) { return info.param.name; });

TEST(DtypeTest, KnownHalfValues) {
  EXPECT_EQ(HalfBitsToFloat(0x3c00), 1.0f);
  EXPECT_EQ(HalfBitsToFloat(0xc000), -2.0f);
  EXPECT_EQ(HalfBitsToFloat(0x7bff), 65504.0f);
  EXPECT_EQ(HalfBitsToFloat(0x0001), 0x1p-24f);
  EXPECT_EQ(HalfBitsToFloat(0x0400), 0x1p-14f);
  EXPECT_EQ(FloatToHalfBits(65519.996f), 0x7bff);
  EXPECT_EQ(FloatToHalfBits(65520.0f), 0x7c00);
  EXPECT_EQ(FloatToHalfBits(0x1p-25f), 0x0000);    // tie between zero and the least subnormal
  EXPECT_EQ(FloatToHalfBits(0x1.8p-24f), 0x0002);  // tie
  EXPECT_EQ(FloatToHalfBits(-0.0f), 0x8000);
  EXPECT_TRUE(std::signbit(HalfBitsToFloat(0x8000)));
}

TEST(DtypeTest, KnownBfloat16Values) {
  EXPECT_EQ(Bfloat16BitsToFloat(0x3f80), 1.0f);
  EXPECT_EQ(FloatToBfloat16Bits(1.0f + 0x1p-8f), 0x3f80);      // tie to even
  EXPECT_EQ(FloatToBfloat16Bits(1.0f + 0x1.8p-7f), 0x3f82);    // tie to even
  EXPECT_EQ(FloatToBfloat16Bits(1.0f + 0x1.001p-8f), 0x3f81);  // above the tie
  EXPECT_EQ(FloatToBfloat16Bits(-0.0f), 0x8000);
}

TEST(DtypeTest, NamesRoundTrip) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const absl::StatusOr<Dtype> parsed = ParseDtype(DtypeName(dtype));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, dtype);
  }
}

TEST(DtypeTest, UnknownNameIsAnErrorThatSaysWhatIsKnown) {
  for (const char* name : {"", "fp8", "FP32", "fp32 "}) {
    const absl::Status status = ParseDtype(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("bf16"));
  }
}

TEST(DtypeTest, EpsilonIsTheStepAboveOne) {
  EXPECT_EQ(DtypeEpsilon(Dtype::kFloat32), std::numeric_limits<float>::epsilon());
  EXPECT_EQ(DtypeEpsilon(Dtype::kFloat16), HalfBitsToFloat(0x3c01) - 1.0);
  EXPECT_EQ(DtypeEpsilon(Dtype::kBfloat16), Bfloat16BitsToFloat(0x3f81) - 1.0);
}

TEST(DtypeTest, StoredElementsLoadBackAndLeaveTheirNeighbours) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    std::vector<float> storage(4, 0.0f);
    StoreElement(dtype, storage.data(), 1, -1.5f);
    EXPECT_EQ(LoadElement(dtype, storage.data(), 0), 0.0f);
    EXPECT_EQ(LoadElement(dtype, storage.data(), 1), -1.5f);
    EXPECT_EQ(LoadElement(dtype, storage.data(), 2), 0.0f);
  }
  EXPECT_EQ(DtypeBytes(Dtype::kFloat32), 4);
  EXPECT_EQ(DtypeBytes(Dtype::kFloat16), 2);
  EXPECT_EQ(DtypeBytes(Dtype::kBfloat16), 2);
}

}  // namespace
}  // namespace attune
