// Packing of fp32 pairs into the 16-bit element types.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_ELEMENT_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_ELEMENT_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/element_type.h"

namespace attune::ptx {

// Both rounded to nearest even; `low` in the lower half, where the element of the lower address
// goes.
template <Element kElement>
__device__ __forceinline__ cuda::std::uint32_t Pack(float low, float high) {
  cuda::std::uint32_t packed;
  if constexpr (kElement == Element::kBfloat16) {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  } else {
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(high), "f"(low));
  }
  return packed;
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_ELEMENT_CUH_
