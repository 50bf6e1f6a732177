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

// The element in the lower half of a packed pair.
template <Element kElement>
__device__ __forceinline__ float Low(cuda::std::uint32_t packed) {
  if constexpr (kElement == Element::kBfloat16) {
    return __uint_as_float(packed << 16);
  } else {
    float value;
    asm("{\n.reg .b16 low, high;\nmov.b32 {low, high}, %1;\ncvt.f32.f16 %0, low;\n}"
        : "=f"(value)
        : "r"(packed));
    return value;
  }
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_ELEMENT_CUH_
