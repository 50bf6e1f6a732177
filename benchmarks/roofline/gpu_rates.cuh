// What a GPU can do at most, one unit at a time. Each kernel is given enough independent work that
// its unit is what it waits for, and writes a result that depends on all of it.
#ifndef ATTUNE_BENCHMARKS_ROOFLINE_GPU_RATES_CUH_
#define ATTUNE_BENCHMARKS_ROOFLINE_GPU_RATES_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/exp2.cuh"
#include "attention/cuda/ptx/mma.cuh"

namespace attune::roofline {

enum class Operand { kBfloat16, kHalf, kTf32 };

// A number that no thread knows beforehand is compared with the sum: the compiler has to compute
// it, and it is as good as never stored.
__device__ __forceinline__ void Keep(float sum, float* sink) {
  if (sum == 12345.678f) *sink = sum;
}

// Operands of standard normal numbers: the power that products draw, and so the clock, depends on
// them. `operands` has kOperandWords words.
inline constexpr int kOperandWords = 1 << 16;
__device__ __forceinline__ cuda::std::uint32_t OperandWord(const cuda::std::uint32_t* operands,
                                                           int i) {
  return operands[(blockIdx.x * 977 + threadIdx.x + i * 1021) % kOperandWords];
}

// Chains of products that a warp has under way: with four warps on each of a multiprocessor's four
// schedulers, more than the units' latency takes.
inline constexpr int kChains = 8;

// rounds * kChains products of 16 x 8 x 16 (tf32: x 8) a warp.
template <Operand kOperand>
__global__ void __launch_bounds__(512)
    MmaRate(const cuda::std::uint32_t* operands, float* sink, int rounds) {
  cuda::std::uint32_t a[2][4], b[kChains][2];
#pragma unroll
  for (int i = 0; i < 8; ++i) a[i / 4][i % 4] = OperandWord(operands, i);
#pragma unroll
  for (int i = 0; i < kChains * 2; ++i) b[i / 2][i % 2] = OperandWord(operands, 8 + i);
  float d[kChains][4] = {};
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < kChains; ++i) {
      if constexpr (kOperand == Operand::kTf32) {
        ptx::MmaTf32(d[i], a[i % 2], b[i][0], b[i][1]);
      } else {
        constexpr Element kElement =
            kOperand == Operand::kHalf ? Element::kHalf : Element::kBfloat16;
        ptx::Mma<kElement>(d[i], a[i % 2], b[i][0], b[i][1]);
      }
    }
  }
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kChains * 4; ++i) sum += d[i / 4][i % 4];
  Keep(sum, sink);
}

// rounds * kChains * 4 multiply-adds a thread.
__global__ void __launch_bounds__(512)
    FmaRate(const cuda::std::uint32_t*, float* sink, int rounds) {
  const float factor = 1.0f - threadIdx.x * 1e-6f;
  float x[kChains];
#pragma unroll
  for (int i = 0; i < kChains; ++i) x[i] = threadIdx.x + i;
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < kChains * 4; ++i) x[i % kChains] = x[i % kChains] * factor + 1.0f;
  }
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kChains; ++i) sum += x[i];
  Keep(sum, sink);
}

// rounds * kChains * 4 exponentials a thread; x = 2^-x stays near 0.64.
__global__ void __launch_bounds__(512)
    Exp2Rate(const cuda::std::uint32_t*, float* sink, int rounds) {
  float x[kChains];
#pragma unroll
  for (int i = 0; i < kChains; ++i) x[i] = (threadIdx.x + i) * 1e-3f;
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < kChains * 4; ++i) x[i % kChains] = ptx::Exp2(-x[i % kChains]);
  }
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kChains; ++i) sum += x[i];
  Keep(sum, sink);
}

// Reads `count` groups of 16 bytes.
__global__ void __launch_bounds__(512, 2)
    ReadRate(const uint4* from, float* sink, long long count) {
  const long long stride = static_cast<long long>(gridDim.x) * blockDim.x;
  cuda::std::uint32_t bits = 0;
#pragma unroll 8
  for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < count;
       i += stride) {
    const uint4 word = from[i];
    bits ^= word.x ^ word.y ^ word.z ^ word.w;
  }
  Keep(__uint_as_float(bits), sink);
}

__global__ void __launch_bounds__(512, 2) CopyRate(const uint4* from, uint4* to, long long count) {
  const long long stride = static_cast<long long>(gridDim.x) * blockDim.x;
#pragma unroll 4
  for (long long i = blockIdx.x * static_cast<long long>(blockDim.x) + threadIdx.x; i < count;
       i += stride) {
    to[i] = from[i];
  }
}

}  // namespace attune::roofline

#endif  // ATTUNE_BENCHMARKS_ROOFLINE_GPU_RATES_CUH_
