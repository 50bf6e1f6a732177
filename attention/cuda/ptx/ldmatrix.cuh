// Loads four 8x8 matrices of 16-bit elements into the register layout of the tensor cores.
//
// Lane l gives the shared address of row l % 8 of matrix l / 8 (16 bytes, aligned); register i then
// holds, of matrix i, row l / 4, elements 2 * (l % 4) and the next. Rows may as well be four 32-bit
// elements, of which the lane gets number l % 4. Eight rows of a matrix are read at once: they must
// lie in different groups of four banks.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_LDMATRIX_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_LDMATRIX_CUH_

#include <cuda/std/cstdint>

namespace attune::ptx {

__device__ __forceinline__ void LoadMatrices(cuda::std::uint32_t (&fragment)[4],
                                             cuda::std::uint32_t row_address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
               : "r"(row_address)
               : "memory");
}

// Each matrix transposed: the lane gets elements (2 * (l % 4), l / 4) and the one below.
__device__ __forceinline__ void LoadMatricesTransposed(cuda::std::uint32_t (&fragment)[4],
                                                       cuda::std::uint32_t row_address) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
               : "r"(row_address)
               : "memory");
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_LDMATRIX_CUH_
