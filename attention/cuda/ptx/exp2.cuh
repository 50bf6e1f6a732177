// Two to the power x on the special-function unit: relative error 2^-22, denormal results flushed
// to zero.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_EXP2_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_EXP2_CUH_

namespace attune::ptx {

__device__ __forceinline__ float Exp2(float x) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

// Base 2, relative error 2^-22.
__device__ __forceinline__ float Log2(float x) {
  float result;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_EXP2_CUH_
