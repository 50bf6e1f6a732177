#include "numerics/dtype.h"

#include <bit>
#include <cassert>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

constexpr uint32_t kFloatMagnitude = 0x7fffffff;
constexpr uint32_t kFloatInfinity = 0x7f800000;
constexpr uint16_t kHalfInfinity = 0x7c00;

// Rounds off the low `count` bits of `bits` to nearest, ties to even. A carry into the exponent is
// right: the next binade begins there, and above the largest finite value lies infinity.
uint32_t RoundOff(uint32_t bits, int count) {
  const uint32_t below_half = (uint32_t{1} << (count - 1)) - 1;
  return (bits + below_half + ((bits >> count) & 1)) >> count;
}

}  // namespace

absl::string_view DtypeName(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat32:
      return "fp32";
    case Dtype::kFloat16:
      return "fp16";
    case Dtype::kBfloat16:
      return "bf16";
  }
  assert(false);
  return "";
}

absl::StatusOr<Dtype> ParseDtype(absl::string_view name) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    if (name == DtypeName(dtype)) return dtype;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown dtype '", name, "'; expected fp32, fp16 or bf16"));
}

int64_t DtypeBytes(Dtype dtype) { return dtype == Dtype::kFloat32 ? 4 : 2; }

double DtypeEpsilon(Dtype dtype) {
  switch (dtype) {
    case Dtype::kFloat32:
      return 0x1p-23;
    case Dtype::kFloat16:
      return 0x1p-10;
    case Dtype::kBfloat16:
      return 0x1p-7;
  }
  assert(false);
  return 0;
}

uint16_t FloatToHalfBits(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & kFloatMagnitude;
  if (magnitude > kFloatInfinity) {
    // Bit 9 set: the payload bits that are kept may all be zero, which would read as infinity.
    return static_cast<uint16_t>(sign | kHalfInfinity | 0x0200 | ((magnitude >> 13) & 0x03ff));
  }
  if (magnitude >= std::bit_cast<uint32_t>(0x1p16f)) return sign | kHalfInfinity;
  if (magnitude < std::bit_cast<uint32_t>(0x1p-14f)) {
    // Half's subnormals are multiples of 2^-24, which is the spacing of floats from 0.5 to 1: the
    // sum is rounded as half wants it, and its low bits are the multiple.
    const float sum = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(sum) & 0xffff));
  }
  const uint32_t rebiased = magnitude - (uint32_t{127 - 15} << 23);
  return static_cast<uint16_t>(sign | RoundOff(rebiased, 13));
}

uint16_t FloatToBfloat16Bits(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & kFloatMagnitude) > kFloatInfinity) {
    return static_cast<uint16_t>((bits >> 16) | 0x0040);
  }
  return static_cast<uint16_t>(RoundOff(bits, 16));
}

float HalfBitsToFloat(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f;
  const uint32_t fraction = bits & 0x03ff;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  const uint32_t rebiased = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (rebiased << 23) | (fraction << 13));
}

float Bfloat16BitsToFloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

float LoadElement(Dtype dtype, const void* data, int64_t index) {
  switch (dtype) {
    case Dtype::kFloat32:
      return static_cast<const float*>(data)[index];
    case Dtype::kFloat16:
      return HalfBitsToFloat(static_cast<const uint16_t*>(data)[index]);
    case Dtype::kBfloat16:
      return Bfloat16BitsToFloat(static_cast<const uint16_t*>(data)[index]);
  }
  assert(false);
  return 0;
}

void StoreElement(Dtype dtype, void* data, int64_t index, float value) {
  switch (dtype) {
    case Dtype::kFloat32:
      static_cast<float*>(data)[index] = value;
      return;
    case Dtype::kFloat16:
      static_cast<uint16_t*>(data)[index] = FloatToHalfBits(value);
      return;
    case Dtype::kBfloat16:
      static_cast<uint16_t*>(data)[index] = FloatToBfloat16Bits(value);
      return;
  }
  assert(false);
}

}  // namespace attune
