// The two matrix products of a warpgroup: S = Q K^T from shared memory, O += P V with P in
// registers.
//
// Both only issue; the caller fences, commits and waits.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_PRODUCTS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_PRODUCTS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/ptx/wgmma.cuh"

namespace attune::hopper {

inline constexpr int kDepth = 16;  // of one wgmma

// `query` and `key`: shared addresses of the warpgroup's queries and of a key stage.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void IssueScores(float (&s)[kC.block_n / 2], cuda::std::uint32_t query,
                                            cuda::std::uint32_t key) {
  const cuda::std::uint64_t a = ptx::DepthInRows(query);
  const cuda::std::uint64_t b = ptx::DepthInRows(key);
#pragma unroll
  for (int k = 0; k < kC.qk_dim; k += kDepth) {
    const int part = k / kPartColumns;
    const int in_row = k % kPartColumns * kElementBytes;
    ptx::Wgmma<kC.element, kC.block_n>::FromShared(
        s, ptx::Advance(a, part * kPartBytes + in_row),
        ptx::Advance(b, part * KeyPartBytes(kC) + in_row), k > 0);
  }
}

// `value`: shared address of a value stage. accumulate 0 overwrites o.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void IssueOutput(float (&o)[kC.v_dim / 2],
                                            const cuda::std::uint32_t (&p)[kC.block_n / 4],
                                            cuda::std::uint32_t value, int accumulate) {
  const cuda::std::uint64_t b = ptx::DepthAlongRows(value, KeyPartBytes(kC));
  constexpr int kRowBytes = kPartColumns * kElementBytes;
#pragma unroll
  for (int k = 0; k < kC.block_n; k += kDepth) {
    ptx::Wgmma<kC.element, kC.v_dim>::FromRegisters(o, p + k / 4, ptx::Advance(b, k * kRowBytes),
                                                    k > 0 ? 1 : accumulate);
  }
}

// P in the element type, as the register operand of IssueOutput.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void PackProbabilities(const float (&s)[kC.block_n / 2],
                                                  cuda::std::uint32_t (&p)[kC.block_n / 4]) {
#pragma unroll
  for (int i = 0; i < kC.block_n / 4; ++i) p[i] = ptx::Pack<kC.element>(s[2 * i], s[2 * i + 1]);
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_PRODUCTS_CUH_
