// Hyperbolic tangent to fp32 accuracy.
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_TANH_CUH_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_TANH_CUH_

#include "attention/cuda/ptx/exp2.cuh"

namespace attune::functors {

// 1 - 2 / (2^(2 x log2(e)) + 1) loses half its digits around zero to cancellation, so small
// arguments take the odd polynomial instead (to x^7: its next term, 62/2835 x^9, is below 2^-24 of
// x for |x| < 0.18).
__device__ __forceinline__ float Tanh(float x) {
  constexpr float kTwoLog2E = 2.885390081777927f;
  const float large = 1.0f - __fdividef(2.0f, ptx::Exp2(x * kTwoLog2E) + 1.0f);
  const float x2 = x * x;
  const float tail = fmaf(x2, fmaf(x2, -17.0f / 315.0f, 2.0f / 15.0f), -1.0f / 3.0f);
  const float small = fmaf(x * x2, tail, x);
  return fabsf(x) < 0.18f ? small : large;
}

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_TANH_CUH_
