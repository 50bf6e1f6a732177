// Codes of packed_layout.h as operands of the tensor cores, in registers.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_EXPAND_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_EXPAND_CUH_

#include <cuda/std/cstdint>

namespace attune::ternary_cuda {

// What an expanded weight of 1 is worth: products are divided by it once they are summed.
inline constexpr float kHalfUnit = 2.0f;
inline constexpr float kByteUnit = 64.0f;

// Pair kPair (0 to 7) of `word`: two bfloat16 or half elements 0, 2 or -2.
template <int kPair>
__device__ __forceinline__ cuda::std::uint32_t ExpandHalves(cuda::std::uint32_t word) {
  return (word << (14 - 2 * kPair)) & 0xC000C000u;
}

// Quadruple kNumber (0 to 3) of `word`: four bytes 0, 64 or -64.
template <int kNumber>
__device__ __forceinline__ cuda::std::uint32_t ExpandBytes(cuda::std::uint32_t word) {
  return (word << (6 - 2 * kNumber)) & 0xC0C0C0C0u;
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_EXPAND_CUH_
