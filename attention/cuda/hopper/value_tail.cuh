// Clears the end of a value stage.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_VALUE_TAIL_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_VALUE_TAIL_CUH_

#include "attention/cuda/hopper/forward_configuration.cuh"

namespace attune::hopper {

// Rows [rows, block_n) of every part of `value`, by the threads of a warpgroup. Whole rows: the
// swizzle moves nothing between rows.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void ClearValueRows(unsigned char* value, int rows) {
  constexpr int kRowBytes = kPartColumns * kElementBytes;
#pragma unroll 1
  for (int part = 0; part < Parts(kC.v_dim); ++part) {
    unsigned char* begin = value + part * KeyPartBytes(kC);
#pragma unroll 1
    for (int byte = rows * kRowBytes + threadIdx.x % kWarpgroupThreads * 16;
         byte < KeyPartBytes(kC); byte += kWarpgroupThreads * 16) {
      *reinterpret_cast<uint4*>(begin + byte) = make_uint4(0, 0, 0, 0);
    }
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_VALUE_TAIL_CUH_
