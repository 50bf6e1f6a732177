// The rate of Hopper's warpgroup products, both operands in shared memory. Needs sm_90a.
#ifndef ATTUNE_BENCHMARKS_ROOFLINE_WGMMA_RATE_CUH_
#define ATTUNE_BENCHMARKS_ROOFLINE_WGMMA_RATE_CUH_

#include "attention/cuda/ptx/wgmma.cuh"
#include "benchmarks/roofline/gpu_rates.cuh"

namespace attune::roofline {

inline constexpr int kWgmmaColumns = 256;
inline constexpr int kWgmmaGroups = 2;  // warpgroups of a block, with 64 rows each
inline constexpr int kWgmmaSteps = 4;   // products of depth 16 in a row of 128 bytes
inline constexpr int kRowBytes = 128;
inline constexpr int kWgmmaOperandBytes = (64 * kWgmmaGroups + kWgmmaColumns) * kRowBytes;
// The tiles begin at a multiple of 1024.
inline constexpr int kWgmmaSharedBytes = kWgmmaOperandBytes + 1024;

// rounds * kWgmmaSteps products of 64 x 256 x 16 a warpgroup.
template <Element kElement>
__global__ void __launch_bounds__(kWgmmaGroups * 128, 1)
    WgmmaRate(const cuda::std::uint32_t* operands, float* sink, int rounds) {
  extern __shared__ unsigned char dynamic_shared[];
  const cuda::std::uint32_t begin =
      (static_cast<cuda::std::uint32_t>(__cvta_generic_to_shared(dynamic_shared)) + 1023) & ~1023u;
  for (int i = threadIdx.x; i < kWgmmaOperandBytes / 4; i += blockDim.x) {
    asm volatile("st.shared.b32 [%0], %1;" ::"r"(begin + 4 * i), "r"(operands[i % kOperandWords]));
  }
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  const int group = threadIdx.x / 128;
  const cuda::std::uint64_t a = ptx::DepthInRows(begin + group * 64 * kRowBytes);
  const cuda::std::uint64_t b = ptx::DepthInRows(begin + kWgmmaGroups * 64 * kRowBytes);
  float d[kWgmmaColumns / 2] = {};
  ptx::PinRegisters(d);
  for (int round = 0; round < rounds; ++round) {
    ptx::WgmmaFence();
#pragma unroll
    for (int step = 0; step < kWgmmaSteps; ++step) {
      ptx::Wgmma<kElement, kWgmmaColumns>::FromShared(d, ptx::Advance(a, 32 * step),
                                                      ptx::Advance(b, 32 * step), 1);
    }
    ptx::WgmmaCommit();
    ptx::WgmmaWait<0>();
  }
  ptx::PinRegisters(d);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kWgmmaColumns / 2; ++i) sum += d[i];
  Keep(sum, sink);
}

}  // namespace attune::roofline

#endif  // ATTUNE_BENCHMARKS_ROOFLINE_WGMMA_RATE_CUH_
