// Rows of a tensor to fp32 and back, for the target that is being compiled.
#if defined(ATTUNE_ATTENTION_CPU_CONVERT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_CONVERT_INL_H_
#undef ATTUNE_ATTENTION_CPU_CONVERT_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_CONVERT_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"
#include "numerics/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Below AVX2 Highway converts halves in software that rounds toward zero and knows no infinities.
inline constexpr bool kHasHalfConversion = HWY_TARGET <= HWY_AVX2;

// The `count` elements of `dtype` from `index` on, as fp32 times `scale`.
inline void LoadRow(Dtype dtype, const void* data, int64_t index, int64_t count, float scale,
                    float* HWY_RESTRICT row) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, scale);
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  if (dtype == Dtype::kFloat32) {
    const float* source = static_cast<const float*>(data) + index;
    for (; i + lanes <= count; i += lanes) {
      hn::StoreU(hn::Mul(hn::LoadU(d, source + i), factor), d, row + i);
    }
  } else if (dtype == Dtype::kBfloat16) {
    const hn::Rebind<hwy::bfloat16_t, decltype(d)> d16;
    const auto* source = static_cast<const hwy::bfloat16_t*>(data) + index;
    for (; i + lanes <= count; i += lanes) {
      hn::StoreU(hn::Mul(hn::PromoteTo(d, hn::LoadU(d16, source + i)), factor), d, row + i);
    }
  } else if constexpr (kHasHalfConversion) {
    const hn::Rebind<hwy::float16_t, decltype(d)> d16;
    const auto* source = static_cast<const hwy::float16_t*>(data) + index;
    for (; i + lanes <= count; i += lanes) {
      hn::StoreU(hn::Mul(hn::PromoteTo(d, hn::LoadU(d16, source + i)), factor), d, row + i);
    }
  }
  for (; i < count; ++i) row[i] = LoadElement(dtype, data, index + i) * scale;
}

// Rounds `count` values times `scale` to `dtype`, to nearest with ties to even, from `index` on.
inline void StoreRow(Dtype dtype, const float* HWY_RESTRICT row, int64_t count, float scale,
                     void* data, int64_t index) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, scale);
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  if (dtype == Dtype::kFloat32) {
    float* target = static_cast<float*>(data) + index;
    for (; i + lanes <= count; i += lanes) {
      hn::StoreU(hn::Mul(hn::LoadU(d, row + i), factor), d, target + i);
    }
  } else if (dtype == Dtype::kBfloat16) {
    const hn::RebindToUnsigned<decltype(d)> du;
    const hn::Rebind<hwy::bfloat16_t, decltype(d)> d16;
    auto* target = static_cast<hwy::bfloat16_t*>(data) + index;
    for (; i + lanes <= count; i += lanes) {
      const auto value = hn::Mul(hn::LoadU(d, row + i), factor);
      const auto bits = hn::BitCast(du, value);
      // DemoteTo cuts the lower half off: half a unit of what stays, less one where that is even,
      // rounds.
      const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
      const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7FFF)));
      const auto kept = hn::IfThenElse(hn::IsNaN(value), value, hn::BitCast(d, rounded));
      hn::StoreU(hn::DemoteTo(d16, kept), d16, target + i);
    }
  } else if constexpr (kHasHalfConversion) {
    const hn::Rebind<hwy::float16_t, decltype(d)> d16;
    auto* target = static_cast<hwy::float16_t*>(data) + index;
    for (; i + lanes <= count; i += lanes) {
      hn::StoreU(hn::DemoteTo(d16, hn::Mul(hn::LoadU(d, row + i), factor)), d16, target + i);
    }
  }
  for (; i < count; ++i) StoreElement(dtype, data, index + i, row[i] * scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_CONVERT_INL_H_
