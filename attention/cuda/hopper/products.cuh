// The two matrix products of a warpgroup: S = Q K^T with Q in registers as far as the configuration
// says and in shared memory otherwise, O += P V with P in registers.
//
// Both only issue; the caller fences, commits and waits.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_PRODUCTS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_PRODUCTS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/query_registers.cuh"
#include "attention/cuda/ptx/element.cuh"
#include "attention/cuda/ptx/wgmma.cuh"

namespace attune::hopper {

inline constexpr int kDepth = 16;  // of one wgmma

// `query` and `key`: shared addresses of the warpgroup's queries, of which the first columns are in
// `registers`, and of a key stage, of which the first 2 * kCount keys are used. accumulate 0
// overwrites s.
template <HopperForwardConfiguration kC, int kCount>
__device__ __forceinline__ void IssueScores(float (&s)[kCount], const QueryRegisters<kC>& registers,
                                            cuda::std::uint32_t query, cuda::std::uint32_t key,
                                            int accumulate = 0) {
  const cuda::std::uint64_t a = ptx::DepthInRows(query);
  const cuda::std::uint64_t b = ptx::DepthInRows(key);
#pragma unroll
  for (int k = 0; k < kC.qk_dim; k += kDepth) {
    const int part = k / kPartColumns;
    const int in_row = k % kPartColumns * kElementBytes;
    const cuda::std::uint64_t keys = ptx::Advance(b, part * KeyPartBytes(kC) + in_row);
    if (k < QueryRegisterColumns(kC)) {
      ptx::Wgmma<kC.element, 2 * kCount>::FromRegistersDepthInRows(s, registers.step[k / kDepth],
                                                                   keys, k > 0 ? 1 : accumulate);
    } else {
      ptx::Wgmma<kC.element, 2 * kCount>::FromShared(s, ptx::Advance(a, part * kPartBytes + in_row),
                                                     keys, k > 0 ? 1 : accumulate);
    }
  }
}

// The same with a step of depth 16 before, whose operands are `row_term` (of every query, in the
// register layout of ptx/wgmma.cuh) and the keys' positions in their block, from shared address
// `positions` on.
template <HopperForwardConfiguration kC, int kCount>
__device__ __forceinline__ void IssueScoresWithPositions(
    float (&s)[kCount], const QueryRegisters<kC>& registers, cuda::std::uint32_t query,
    cuda::std::uint32_t key, cuda::std::uint32_t row_term, cuda::std::uint32_t positions) {
  const cuda::std::uint32_t a[4] = {row_term, row_term, 0, 0};
  ptx::Wgmma<kC.element, 2 * kCount>::FromRegistersDepthInRows(s, a, ptx::EightDeep(positions), 0);
  IssueScores<kC>(s, registers, query, key, 1);
}

// `value`: shared address of a value stage, of which the keys [kBegin, kEnd) are used: P of the
// others is zero. accumulate 0 overwrites o.
template <HopperForwardConfiguration kC, int kBegin = 0, int kEnd = kC.block_n>
__device__ __forceinline__ void IssueOutput(float (&o)[ValueColumns(kC) / 2],
                                            const cuda::std::uint32_t (&p)[kC.block_n / 4],
                                            cuda::std::uint32_t value, int accumulate) {
  const cuda::std::uint64_t b = ptx::DepthAlongRows(value, KeyPartBytes(kC));
  constexpr int kRowBytes = kPartColumns * kElementBytes;
#pragma unroll
  for (int k = kBegin; k < kEnd; k += kDepth) {
    ptx::Wgmma<kC.element, ValueColumns(kC)>::FromRegisters(
        o, p + k / 4, ptx::Advance(b, k * kRowBytes), k > kBegin ? 1 : accumulate);
  }
}

// P in the element type, as the register operand of IssueOutput: of 2 * kCount keys from kFirst on,
// with zeros on both sides.
template <HopperForwardConfiguration kC, int kFirst, int kCount>
__device__ __forceinline__ void PackProbabilities(const float (&s)[kCount],
                                                  cuda::std::uint32_t (&p)[kC.block_n / 4]) {
#pragma unroll
  for (int i = 0; i < kC.block_n / 4; ++i) {
    const int at = i - kFirst / 4;
    if (at >= 0 && at < kCount / 2) {
      p[i] = ptx::Pack<kC.element>(s[2 * at], s[2 * at + 1]);
    } else {
      p[i] = 0;
    }
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_PRODUCTS_CUH_
