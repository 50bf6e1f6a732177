// Online softmax over rows of scores (Milakov, Gimelshein, arXiv:1805.02867), for the target that
// is being compiled. Scores are in units of log 2: probabilities are powers of two.
#if defined(ATTUNE_ATTENTION_CPU_SOFTMAX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_SOFTMAX_INL_H_
#undef ATTUNE_ATTENTION_CPU_SOFTMAX_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_SOFTMAX_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "attention/cpu/micro_kernel-inl.h"
#include "attention/cpu/vector_math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
inline constexpr float kLog2OfE = 1.44269504f;
inline constexpr double kLnOf2 = 0.6931471805599453;

inline void ApplyScale(float* scores, int64_t count, float scale) {
  const Floats d;
  for (int64_t i = 0; i < count; i += kLanes) {
    hn::Store(hn::Mul(hn::Load(d, scores + i), hn::Set(d, scale)), d, scores + i);
  }
}

// scores[i] = cap * tanh(scores[i]).
inline void ApplySoftCap(float* scores, int64_t count, float cap) {
  const Floats d;
  for (int64_t i = 0; i < count; i += kLanes) {
    const auto capped = Tanh(d, hn::Load(d, scores + i));
    hn::Store(hn::Mul(capped, hn::Set(d, cap)), d, scores + i);
  }
}

// scores[i] -= slope * |i - diagonal|.
inline void ApplyAlibi(float* scores, int64_t count, float slope, int64_t diagonal) {
  const Floats d;
  for (int64_t i = 0; i < count; i += kLanes) {
    const auto distance = hn::Abs(hn::Iota(d, static_cast<float>(i - diagonal)));
    const auto penalty = hn::Mul(hn::Set(d, slope), distance);
    hn::Store(hn::Sub(hn::Load(d, scores + i), penalty), d, scores + i);
  }
}

// Puts `masked` in place of scores outside [begin, end).
inline void ApplyMask(float* scores, int64_t count, int64_t begin, int64_t end, float masked) {
  for (int64_t i = 0; i < std::min(begin, count); ++i) scores[i] = masked;
  for (int64_t i = std::max<int64_t>(end, 0); i < count; ++i) scores[i] = masked;
}

// What is kept of a row between key tiles.
struct RowState {
  float maximum = kMinusInfinity;
  float sum = 0;  // of the powers of two of scores less the maximum
};

// Turns scores into probabilities relative to the new maximum, and returns the factor that brings
// what was summed before to it. A NaN score makes the sum NaN whatever the maximum is: comparisons
// may lose a NaN, the subtraction does not.
inline float SoftmaxRow(float* scores, int64_t count, RowState& state) {
  const Floats d;
  auto maxima = hn::Set(d, state.maximum);
  for (int64_t i = 0; i < count; i += kLanes) maxima = hn::Max(maxima, hn::Load(d, scores + i));
  const float maximum = hn::GetLane(hn::MaxOfLanes(d, maxima));
  // Where nothing was seen yet minus infinity less itself would be NaN.
  const float origin = maximum == kMinusInfinity ? 0.0f : maximum;
  auto sums = hn::Zero(d);
  for (int64_t i = 0; i < count; i += kLanes) {
    const auto power = Exp2(d, hn::Sub(hn::Load(d, scores + i), hn::Set(d, origin)));
    sums = hn::Add(sums, power);
    hn::Store(power, d, scores + i);
  }
  const float factor = hn::GetLane(Exp2(d, hn::Set(d, state.maximum - origin)));
  state.maximum = maximum;
  state.sum = state.sum * factor + hn::GetLane(hn::SumOfLanes(d, sums));
  return factor;
}

// Natural; minus infinity if no score was above it.
inline float LogSumExp(const RowState& state) {
  return static_cast<float>(state.maximum * kLnOf2 + std::log(static_cast<double>(state.sum)));
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_SOFTMAX_INL_H_
