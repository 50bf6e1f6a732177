// Warp-wide matrix products (mma.sync, sm_80 and later) with fp32 accumulators, for 8-bit integers
// with int32 accumulators.
//
// D (16 x 8) = A (16 x k) B (k x 8) + D. With g = lane / 4 and t = lane % 4 (PTX ISA, "Matrix
// fragments for mma"), a lane holds
//   D:          d[0], d[1] at row g, columns 2t and 2t + 1;  d[2], d[3] eight rows below
//   A, 16 bit:  pairs at (g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8)
//   B, 16 bit:  pairs at rows 2t and 2t + 8 of column g
//   A, tf32:    (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4)
//   B, tf32:    rows t and t + 4 of column g
//   A, 8 bit:   four elements from (g, 4t), (g + 8, 4t), (g, 4t + 16), (g + 8, 4t + 16)
//   B, 8 bit:   four elements from rows 4t and 4t + 16 of column g
#ifndef ATTUNE_ATTENTION_CUDA_PTX_MMA_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_MMA_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/element.cuh"

namespace attune::ptx {

// Depth 16, 16-bit operands.
template <Element kElement>
__device__ __forceinline__ void Mma(float (&d)[4], const cuda::std::uint32_t (&a)[4],
                                    cuda::std::uint32_t b0, cuda::std::uint32_t b1) {
  if constexpr (kElement == Element::kBfloat16) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  } else {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  }
}

// Depth 8, operands in tf32: fp32 bits of which the tensor core reads the upper 19.
__device__ __forceinline__ void MmaTf32(float (&d)[4], const cuda::std::uint32_t (&a)[4],
                                        cuda::std::uint32_t b0, cuda::std::uint32_t b1) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Depth 32, signed 8-bit operands; sums wrap around.
__device__ __forceinline__ void MmaInt8(int (&d)[4], const cuda::std::uint32_t (&a)[4],
                                        cuda::std::uint32_t b0, cuda::std::uint32_t b1) {
  asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_MMA_CUH_
