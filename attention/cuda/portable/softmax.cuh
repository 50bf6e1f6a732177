// Online softmax over a warp's score fragments.
//
// With m a running maximum and c the factor from scores to exponents of two: P = 2^(c S - c m), one
// multiply-add and one special-function operation per score (Dao, FlashAttention-2, 2023, section
// 3.1). Four neighbouring lanes share a row; its sum stays apart in each until the end.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_SOFTMAX_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_SOFTMAX_CUH_

#include "attention/cuda/portable/fragments.cuh"
#include "attention/cuda/ptx/exp2.cuh"

namespace attune::portable {

__device__ __forceinline__ float MinusInfinity() { return __int_as_float(0xff800000); }

// Largest growth of the maximum, as a power of two, that lazy_rescale leaves be. Probabilities up
// to 2^8 are far from overflow in fp16, and lose nothing: they are relative to the sum in the end.
inline constexpr float kLazyGrowth = 8.0f;

template <PortableForwardTraits kT, PortableForwardConfiguration kC>
class Softmax {
  using F = Fragments<kT, kC>;

 public:
  // `exponent_scale` is c, above zero.
  __device__ __forceinline__ explicit Softmax(float exponent_scale) : scale_(exponent_scale) {
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        max_[i][r] = MinusInfinity();
        sum_[i][r] = 0.0f;
      }
    }
  }

  // Takes the maxima of a block of scores in, and brings the output so far to them.
  __device__ __forceinline__ void Update(const typename F::Scores& s, typename F::Output& o) {
    typename F::Rows alpha;
    bool rescale = false;
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const float old = max_[i][r];
        float max = RowMax(s[i], r);
        if constexpr (kC.lazy_rescale != 0) {
          // False for minus infinity on both sides, whose difference is no number.
          max = (max - old) * scale_ > kLazyGrowth ? max : old;
        } else {
          max = fmaxf(max, old);
        }
        // With a base of minus infinity masked scores would give no number; with 0 they give 0.
        const float base = max == MinusInfinity() ? 0.0f : max;
        alpha[i][r] = ptx::Exp2((old - base) * scale_);
        max_[i][r] = max;
        shift_[i][r] = base * scale_;
        sum_[i][r] *= alpha[i][r];
        rescale = rescale || alpha[i][r] != 1.0f;
      }
    }
    if (kC.lazy_rescale != 0 && !__any_sync(0xffffffffu, rescale)) return;
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int n = 0; n < F::kValueTiles; ++n) {
#pragma unroll
        for (int e = 0; e < 4; ++e) o[i][n][e] *= alpha[i][e / 2];
      }
    }
  }

  // Turns key tile j of the scores given to Update into probabilities.
  __device__ __forceinline__ void Exponentiate(typename F::Scores& s, int j) {
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        float& left = s[i][j][2 * r];
        float& right = s[i][j][2 * r + 1];
        left = ptx::Exp2(fmaf(left, scale_, -shift_[i][r]));
        right = ptx::Exp2(fmaf(right, scale_, -shift_[i][r]));
        sum_[i][r] += left + right;
      }
    }
  }

  // After the last block: what normalises the output, and the natural log-sum-exp.
  __device__ __forceinline__ void Finish(typename F::Rows& factor,
                                         typename F::Rows& log_sum_exp) const {
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        float sum = sum_[i][r];
        sum += __shfl_xor_sync(0xffffffffu, sum, 1);
        sum += __shfl_xor_sync(0xffffffffu, sum, 2);
        const bool empty = sum == 0.0f;
        factor[i][r] = empty ? 0.0f : 1.0f / sum;
        constexpr float kLn2 = 0.693147180559945f;
        log_sum_exp[i][r] = empty ? MinusInfinity() : (max_[i][r] * scale_ + ptx::Log2(sum)) * kLn2;
      }
    }
  }

 private:
  static __device__ __forceinline__ float RowMax(const float (&s)[F::kKeyTiles][4], int r) {
    float even = s[0][2 * r];
    float odd = s[0][2 * r + 1];
#pragma unroll
    for (int j = 1; j < F::kKeyTiles; ++j) {
      even = fmaxf(even, s[j][2 * r]);
      odd = fmaxf(odd, s[j][2 * r + 1]);
    }
    float max = fmaxf(even, odd);
    max = fmaxf(max, __shfl_xor_sync(0xffffffffu, max, 1));
    return fmaxf(max, __shfl_xor_sync(0xffffffffu, max, 2));
  }

  float scale_;
  typename F::Rows max_;
  typename F::Rows sum_;
  typename F::Rows shift_;
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_SOFTMAX_CUH_
