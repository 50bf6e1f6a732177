// Stores four 8x8 matrices of 16-bit elements from the register layout of the tensor cores
// (stmatrix).
//
// Lane l gives the shared address of row l % 8 of matrix l / 8 (16 bytes); register i holds, of
// matrix i, the elements (l / 4, 2 * (l % 4)) and its right neighbour.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_STMATRIX_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_STMATRIX_CUH_

#include <cuda/std/cstdint>

namespace attune::ptx {

__device__ __forceinline__ void StoreMatrices(cuda::std::uint32_t row_address,
                                              const cuda::std::uint32_t (&fragment)[4]) {
  asm volatile(
      "stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row_address),
      "r"(fragment[0]), "r"(fragment[1]), "r"(fragment[2]), "r"(fragment[3])
      : "memory");
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_STMATRIX_CUH_
