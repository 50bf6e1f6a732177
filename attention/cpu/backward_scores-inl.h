// Probabilities and the gradients of scores, for the target that is being compiled.
#if defined(ATTUNE_ATTENTION_CPU_BACKWARD_SCORES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_BACKWARD_SCORES_INL_H_
#undef ATTUNE_ATTENTION_CPU_BACKWARD_SCORES_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_BACKWARD_SCORES_INL_H_
#endif

#include <cstdint>

#include "attention/cpu/micro_kernel-inl.h"
#include "attention/cpu/vector_math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Of the scores in one row of a tile: the soft cap and ALiBi's slope, both in units of log 2, and
// the column where ALiBi's distance is zero.
struct ScoreModifiers {
  float soft_cap = 0;  // 0: none
  float slope = 0;     // 0: none
  int64_t diagonal = 0;
};

// Log-sum-exp (in units of log 2) and <d_out, out>: one of each if the row is a query's,
// `kPerColumn` ones if it is a key's and the columns are queries.
template <bool kPerColumn>
struct RowStatistics {
  const float* log_sum_exp;
  const float* delta;

  HWY_INLINE FloatVector Get(const float* values, int64_t column) const {
    const Floats d;
    if constexpr (kPerColumn) return hn::Load(d, values + column);
    return hn::Set(d, *values);
  }
};

// In place: products <query, key>, scaled, become probabilities; products <d_out, value> become
// p * (<d_out, value> - delta), times the soft cap's derivative.
template <bool kPerColumn>
void ScoreGradients(const ScoreModifiers& modifiers, const RowStatistics<kPerColumn>& statistics,
                    int64_t count, float* scores, float* d_scores) {
  const Floats d;
  for (int64_t i = 0; i < count; i += kLanes) {
    auto score = hn::Load(d, scores + i);
    auto derivative = hn::Set(d, 1.0f);
    if (modifiers.soft_cap > 0) {
      const auto tangent = Tanh(d, score);
      derivative = hn::NegMulAdd(tangent, tangent, derivative);
      score = hn::Mul(tangent, hn::Set(d, modifiers.soft_cap));
    }
    if (modifiers.slope != 0) {
      const auto distance = hn::Abs(hn::Iota(d, static_cast<float>(i - modifiers.diagonal)));
      score = hn::Sub(score, hn::Mul(hn::Set(d, modifiers.slope), distance));
    }
    const auto log_sum_exp = statistics.Get(statistics.log_sum_exp, i);
    const auto probability = Exp2(d, hn::Sub(score, log_sum_exp));
    const auto difference = hn::Sub(hn::Load(d, d_scores + i), statistics.Get(statistics.delta, i));
    hn::Store(probability, d, scores + i);
    hn::Store(hn::Mul(hn::Mul(probability, difference), derivative), d, d_scores + i);
  }
}

// <a, b>.
inline float Dot(const float* a, const float* b, int64_t count) {
  float sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_BACKWARD_SCORES_INL_H_
