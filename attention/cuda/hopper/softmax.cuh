// Online softmax over score fragments in the accumulator layout of ptx/wgmma.cuh.
//
// A thread holds parts of two rows; four neighbouring lanes share a row. With m a running maximum
// and c the scale times log2(e): P = 2^(c S - c m), one multiply-add and one special-function
// operation per score (Dao, FlashAttention-2, 2023, section 3.1). The row sum stays per thread
// until the end.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SOFTMAX_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SOFTMAX_CUH_

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/ptx/exp2.cuh"
#include "attention/cuda/ptx/exp2_polynomial.cuh"

namespace attune::hopper {

struct RowState {
  float max[2];
  float sum[2];
};

__device__ __forceinline__ float MinusInfinity() { return __int_as_float(0xff800000); }

// Largest growth of the maximum, as a power of two, that Rescale::kLazy leaves be.
inline constexpr float kLazyGrowth = 8.0f;

// Largest of the thread's scores of each of its two rows.
template <int kCount>
__device__ __forceinline__ void ThreadRowMax(const float (&s)[kCount], float (&max)[2]) {
  // Four chains, and the rows' shuffles side by side: with so few warps latency shows.
  float chain[4] = {s[0], s[1], s[2], s[3]};
#pragma unroll
  for (int i = 4; i < kCount; ++i) chain[i % 4] = fmaxf(chain[i % 4], s[i]);
#pragma unroll
  for (int r = 0; r < 2; ++r) max[r] = fmaxf(chain[2 * r], chain[2 * r + 1]);
}

// The same of the scores' bits as integers: right where the result is not negative.
template <int kCount>
__device__ __forceinline__ void ThreadRowMaxOfBits(const float (&s)[kCount], int (&max)[2]) {
  int chain[2][2];
#pragma unroll
  for (int i = 0; i < 4; ++i) chain[i / 2][i % 2] = __float_as_int(s[i]);
#pragma unroll
  for (int i = 4; i < kCount; i += 4) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      int& largest = chain[r][i / 4 % 2];
      largest =
          __vimax3_s32(largest, __float_as_int(s[i + 2 * r]), __float_as_int(s[i + 2 * r + 1]));
    }
  }
#pragma unroll
  for (int r = 0; r < 2; ++r) max[r] = ::max(chain[r][0], chain[r][1]);
}

// Largest score of each of the thread's two rows, over all four lanes of the row. kBias: a thread's
// scores in a row are larger than `s` by its bias.
template <RowMaximum kRowMaximum, bool kBias, int kCount>
__device__ __forceinline__ void FragmentRowMax(const float (&s)[kCount], const float (&bias)[2],
                                               float (&max)[2]) {
  if constexpr (kRowMaximum == RowMaximum::kInteger) {
    int bits[2];
    ThreadRowMaxOfBits(s, bits);
#pragma unroll
    for (int r = 0; r < 2; ++r) max[r] = __int_as_float(bits[r]);
    if (__any_sync(0xffffffffu, bits[0] < 0 || bits[1] < 0)) ThreadRowMax(s, max);
  } else {
    ThreadRowMax(s, max);
  }
  if constexpr (kBias) {
#pragma unroll
    for (int r = 0; r < 2; ++r) max[r] += bias[r];
  }
#pragma unroll
  for (int lane = 1; lane <= 2; lane *= 2) {
#pragma unroll
    for (int r = 0; r < 2; ++r) max[r] = fmaxf(max[r], __shfl_xor_sync(0xffffffffu, max[r], lane));
  }
}

// First half of the online update: takes the maxima of new scores into `rows`. `alpha` is what
// earlier sums and outputs are to be multiplied with, `shift` what scores are lowered by;
// score(maximum, r) is the score that the maximum of row r stands for.
// kBias and kLead: `place` has bias and lead for each row (score_transform.cuh).
// kFirst: there is nothing earlier. kMasked: a row may have seen no key yet.
template <Rescale kRescale, RowMaximum kRowMaximum, bool kFirst, bool kMasked, bool kBias,
          bool kLead, int kCount, typename Place, typename Score>
__device__ __forceinline__ void UpdateMaximum(const float (&s)[kCount], const Place& place,
                                              float scale_log2, RowState& rows, float (&alpha)[2],
                                              float (&shift)[2], Score score) {
  float max[2];
  FragmentRowMax<kRowMaximum, kBias>(s, place.bias, max);
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    max[r] = score(max[r], r);
    if constexpr (kFirst) {
      if constexpr (kLead) max[r] += place.lead[r];
    } else {
      const float old = rows.max[r];
      if constexpr (kRescale == Rescale::kLazy) {
        const bool grown = (max[r] - old) * scale_log2 > kLazyGrowth;
        if constexpr (kLead) max[r] += place.lead[r];
        max[r] = grown ? max[r] : old;
      } else {
        max[r] = fmaxf(max[r], old);
      }
    }
    // Minus infinity would give minus infinity minus itself; with 0, all-masked rows come out as
    // zeros.
    const float base = kMasked && max[r] == MinusInfinity() ? 0.0f : max[r];
    if constexpr (!kFirst) alpha[r] = ptx::Exp2((rows.max[r] - base) * scale_log2);
    rows.max[r] = max[r];
    shift[r] = (kBias ? base - place.bias[r] : base) * scale_log2;
  }
}

// Second half: turns scores into P (unnormalised) and adds them to the rows' sums. exponent(score,
// shift) is the power of two. kPolynomials of every 16 powers come from the multiply-add units.
template <bool kFirst, int kPolynomials = 0, int kCount, typename Exponent>
__device__ __forceinline__ void Exponentiate(float (&s)[kCount], const float (&shift)[2],
                                             const float (&alpha)[2], RowState& rows,
                                             Exponent exponent) {
  float sum[4] = {};
#pragma unroll
  for (int i = 0; i < kCount; ++i) {
    const float power = exponent(s[i], shift[i / 2 % 2]);
    s[i] = i * kPolynomials % 16 < kPolynomials ? ptx::Exp2Polynomial(power) : ptx::Exp2(power);
    sum[i % 4] += s[i];
  }
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const float added = sum[2 * r] + sum[2 * r + 1];
    rows.sum[r] = kFirst ? added : fmaf(rows.sum[r], alpha[r], added);
  }
}

// Applies alpha to the output accumulators.
template <Rescale kRescale, int kCount>
__device__ __forceinline__ void RescaleOutput(float (&o)[kCount], const float (&alpha)[2]) {
  if constexpr (kRescale == Rescale::kLazy) {
    if (!__any_sync(0xffffffffu, alpha[0] != 1.0f || alpha[1] != 1.0f)) return;
  }
#pragma unroll
  for (int i = 0; i < kCount; ++i) o[i] *= alpha[i / 2 % 2];
}

// Factors that normalise the output, and natural log-sum-exp, from the finished rows.
__device__ __forceinline__ void FinishSoftmax(const RowState& rows, float scale_log2,
                                              float (&factor)[2], float (&log_sum_exp)[2]) {
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    float sum = rows.sum[r];
    sum += __shfl_xor_sync(0xffffffffu, sum, 1);
    sum += __shfl_xor_sync(0xffffffffu, sum, 2);
    const bool empty = sum == 0.0f;
    factor[r] = empty ? 0.0f : 1.0f / sum;
    constexpr float kLn2 = 0.693147180559945f;
    log_sum_exp[r] = empty ? MinusInfinity() : (rows.max[r] * scale_log2 + ptx::Log2(sum)) * kLn2;
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SOFTMAX_CUH_
