// P through shared memory: its product with the values when its registers are wanted for scores.
//
// A warp's quarter of a product reads its own 16 rows of P and no other's, so that a fence and the
// warp's own agreement order stores before the product, as in FlashAttention-3.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SHARED_PROBABILITIES_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SHARED_PROBABILITIES_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/products.cuh"
#include "attention/cuda/ptx/element.cuh"
#include "attention/cuda/ptx/stmatrix.cuh"
#include "attention/cuda/ptx/tma.cuh"
#include "attention/cuda/ptx/wgmma.cuh"

namespace attune::hopper {

// P in the element type to shared address `probabilities`, 64 rows in the 128-byte swizzle: of
// 2 * kCount keys from kFirst on, with zeros on both sides. No product with what was there may
// still run.
template <HopperForwardConfiguration kC, int kFirst, int kCount>
__device__ __forceinline__ void StoreProbabilities(const float (&s)[kCount],
                                                   cuda::std::uint32_t probabilities) {
  // Read anew for each block: registers are what this is to save.
  unsigned int thread;
  asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
  const unsigned int lane = thread % 32;
  const unsigned int row = thread / 32 % 4 * 16 + lane % 16;
  const cuda::std::uint32_t first =
      probabilities + row * kPartColumns * kElementBytes + ((lane / 16 ^ row % 8) << 4);
#pragma unroll
  for (int key = 0; key < kC.block_n; key += kDepth) {
    cuda::std::uint32_t fragment[4] = {};
    if (key >= kFirst && key < kFirst + 2 * kCount) {
      const float* const step = s + (key - kFirst) / 2;
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        fragment[i] = ptx::Pack<kC.element>(step[2 * i], step[2 * i + 1]);
      }
    }
    // Steps of two chunks leave the lowest bit of a chunk's number alone.
    ptx::StoreMatrices((first ^ (key % kPartColumns / 8 << 4)) + key / kPartColumns * kPartBytes,
                       fragment);
  }
  ptx::SharedWriteFence();
  __syncwarp();
}

// As IssueOutput, of P at shared address `probabilities`.
template <HopperForwardConfiguration kC, int kBegin = 0, int kEnd = kC.block_n>
__device__ __forceinline__ void IssueOutputFromShared(float (&o)[ValueColumns(kC) / 2],
                                                      cuda::std::uint32_t probabilities,
                                                      cuda::std::uint32_t value, int accumulate) {
  const cuda::std::uint64_t a = ptx::DepthInRows(probabilities);
  const cuda::std::uint64_t b = ptx::DepthAlongRows(value, KeyPartBytes(kC));
  constexpr int kRowBytes = kPartColumns * kElementBytes;
#pragma unroll
  for (int k = kBegin; k < kEnd; k += kDepth) {
    const int in_row = k % kPartColumns * kElementBytes;
    ptx::Wgmma<kC.element, ValueColumns(kC)>::FromSharedDepthAlongRows(
        o, ptx::Advance(a, k / kPartColumns * kPartBytes + in_row), ptx::Advance(b, k * kRowBytes),
        k > kBegin ? 1 : accumulate);
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SHARED_PROBABILITIES_CUH_
