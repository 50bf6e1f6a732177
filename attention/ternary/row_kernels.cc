#include "attention/ternary/row_kernels.h"

#include "attention/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "attention/ternary/row_kernels.cc"
#include "hwy/foreach_target.h"
// Behind foreach_target.h, which includes this file once for each target.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Lanes beyond kRowStep would need tails.
using FloatTag = hn::CappedTag<float, 16>;
using DoubleTag = hn::CappedTag<double, 8>;
// As many floats as there are doubles in a vector.
using HalfTag = hn::Rebind<float, DoubleTag>;

bool MagnitudesOf(const float* weights, int64_t count, float* magnitudes) {
  const FloatTag d;
  // A weight times zero is zero if it is finite, and NaN otherwise.
  auto sum = hn::Zero(d);
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    const auto weight = hn::LoadU(d, weights + i);
    sum = hn::MulAdd(weight, hn::Zero(d), sum);
    hn::StoreU(hn::Abs(weight), d, magnitudes + i);
  }
  return hn::AllTrue(d, hn::Eq(sum, hn::Zero(d)));
}

float LargestOf(const float* magnitudes, int64_t count) {
  const FloatTag d;
  auto largest = hn::Zero(d);
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    largest = hn::Max(largest, hn::LoadU(d, magnitudes + i));
  }
  return hn::GetLane(hn::MaxOfLanes(d, largest));
}

SumAndCount SumAboveOf(const float* magnitudes, int64_t count, float threshold) {
  const HalfTag d;
  const DoubleTag dd;
  const auto limit = hn::Set(d, threshold);
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  // Two sums: an addition takes longer than everything else here.
  auto sum0 = hn::Zero(dd);
  auto sum1 = hn::Zero(dd);
  size_t kept = 0;
  const auto add = [&](const float* from, auto& sum) HWY_ATTR {
    const auto magnitude = hn::LoadU(d, from);
    const auto above = hn::Gt(magnitude, limit);
    kept += hn::CountTrue(d, above);
    sum = hn::Add(sum, hn::PromoteTo(dd, hn::IfThenElseZero(above, magnitude)));
  };
  for (int64_t i = 0; i < count; i += 2 * lanes) {
    add(magnitudes + i, sum0);
    add(magnitudes + i + lanes, sum1);
  }
  return {hn::GetLane(hn::SumOfLanes(dd, hn::Add(sum0, sum1))), static_cast<int64_t>(kept)};
}

int64_t SelectBetweenOf(const float* magnitudes, int64_t count, float low, float high,
                        float* selected) {
  const FloatTag d;
  const auto low_limit = hn::Set(d, low);
  const auto high_limit = hn::Set(d, high);
  int64_t size = 0;
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    const auto magnitude = hn::LoadU(d, magnitudes + i);
    const auto between = hn::And(hn::Gt(magnitude, low_limit), hn::Le(magnitude, high_limit));
    size += static_cast<int64_t>(hn::CompressStore(magnitude, between, d, selected + size));
  }
  return size;
}

void PackSignsOf(const float* weights, int64_t count, float threshold, uint32_t* plus,
                 uint32_t* minus) {
  const FloatTag d;
  const auto high = hn::Set(d, threshold);
  const auto low = hn::Set(d, -threshold);
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t word = 0; word < count / kRowStep; ++word) {
    uint32_t plus_word = 0, minus_word = 0;
    for (int64_t bit = 0; bit < kRowStep; bit += lanes) {
      const auto weight = hn::LoadU(d, weights + word * kRowStep + bit);
      uint8_t bits[8] = {};
      hn::StoreMaskBits(d, hn::Gt(weight, high), bits);
      plus_word |= static_cast<uint32_t>(bits[0] | bits[1] << 8) << bit;
      hn::StoreMaskBits(d, hn::Lt(weight, low), bits);
      minus_word |= static_cast<uint32_t>(bits[0] | bits[1] << 8) << bit;
    }
    plus[word] = plus_word;
    minus[word] = minus_word;
  }
}

ErrorSums MeasureErrorOf(const float* magnitudes, int64_t count, float threshold, float scale) {
  const HalfTag d;
  const DoubleTag dd;
  const auto limit = hn::Set(d, threshold);
  const auto kept_scale = hn::Set(d, scale);
  auto absolute = hn::Zero(dd), squared = hn::Zero(dd), largest = hn::Zero(dd);
  auto weights = hn::Zero(dd), product = hn::Zero(dd);
  size_t kept = 0;
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(hn::Lanes(d))) {
    const auto magnitude = hn::LoadU(d, magnitudes + i);
    const auto above = hn::Gt(magnitude, limit);
    kept += hn::CountTrue(d, above);
    const auto weight = hn::PromoteTo(dd, magnitude);
    const auto ternary = hn::PromoteTo(dd, hn::IfThenElseZero(above, kept_scale));
    const auto error = hn::Abs(hn::Sub(weight, ternary));
    absolute = hn::Add(absolute, error);
    squared = hn::MulAdd(error, error, squared);
    largest = hn::Max(largest, error);
    weights = hn::MulAdd(weight, weight, weights);
    product = hn::MulAdd(weight, ternary, product);
  }
  const auto total = [&](auto sum) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(dd, sum)); };
  return {.kept = static_cast<int64_t>(kept),
          .absolute_error = total(absolute),
          .squared_error = total(squared),
          .max_error = hn::GetLane(hn::MaxOfLanes(dd, largest)),
          .squared_weights = total(weights),
          .squared_ternary = static_cast<double>(kept) * scale * scale,
          .product = total(product)};
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune {

HWY_EXPORT(MagnitudesOf);
HWY_EXPORT(LargestOf);
HWY_EXPORT(SumAboveOf);
HWY_EXPORT(SelectBetweenOf);
HWY_EXPORT(PackSignsOf);
HWY_EXPORT(MeasureErrorOf);

bool Magnitudes(const float* weights, int64_t count, float* magnitudes) {
  return HWY_DYNAMIC_DISPATCH(MagnitudesOf)(weights, count, magnitudes);
}

float Largest(const float* magnitudes, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(LargestOf)(magnitudes, count);
}

SumAndCount SumAbove(const float* magnitudes, int64_t count, float threshold) {
  return HWY_DYNAMIC_DISPATCH(SumAboveOf)(magnitudes, count, threshold);
}

int64_t SelectBetween(const float* magnitudes, int64_t count, float low, float high,
                      float* selected) {
  return HWY_DYNAMIC_DISPATCH(SelectBetweenOf)(magnitudes, count, low, high, selected);
}

void PackSigns(const float* weights, int64_t count, float threshold, uint32_t* plus,
               uint32_t* minus) {
  HWY_DYNAMIC_DISPATCH(PackSignsOf)(weights, count, threshold, plus, minus);
}

ErrorSums MeasureError(const float* magnitudes, int64_t count, float threshold, float scale) {
  return HWY_DYNAMIC_DISPATCH(MeasureErrorOf)(magnitudes, count, threshold, scale);
}

}  // namespace attune
#endif
