// The queries' operand of the score product, as far as it is in registers.
//
// A product whose operands both come from shared memory reads 64 rows of queries for each block of
// keys: of 80 keys that is 44 % of what the score product reads, of 128 keys 33 %.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_QUERY_REGISTERS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_QUERY_REGISTERS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/ptx/ldmatrix.cuh"

namespace attune::hopper {

// Four registers (ptx/wgmma.cuh, operand A) for each step of 16 columns.
template <HopperForwardConfiguration kC>
struct QueryRegisters {
  static constexpr int kSteps = QueryRegisterColumns(kC) / 16;
  cuda::std::uint32_t step[kSteps > 0 ? kSteps : 1][4];
};

// By all threads of a warpgroup, from its queries at shared address `query`: in the 128-byte
// swizzle the 16-byte chunk c of row r lies at chunk c ^ (r % 8).
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void LoadQueryRegisters(QueryRegisters<kC>& queries,
                                                   cuda::std::uint32_t query) {
  const int lane = threadIdx.x % 32;
  const int row = threadIdx.x / 32 % 4 * 16 + lane % 16;
  const cuda::std::uint32_t first =
      query + row * kPartColumns * kElementBytes + ((lane / 16 ^ row % 8) << 4);
#pragma unroll
  for (int i = 0; i < QueryRegisters<kC>::kSteps; ++i) {
    const int column = 16 * i;
    // Steps of two chunks leave the lowest bit of a chunk's number alone.
    ptx::LoadMatrices(queries.step[i], (first ^ (column % kPartColumns / 8 << 4)) +
                                           column / kPartColumns * kPartBytes);
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_QUERY_REGISTERS_CUH_
