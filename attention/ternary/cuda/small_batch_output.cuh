// From the sums of a block's warps to output: over the warps, over the blocks that share the rows,
// then scales, bias and rounding. Always in the same order, so that results repeat.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_OUTPUT_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_OUTPUT_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/cluster.cuh"
#include "attention/cuda/ptx/cp_async.cuh"
#include "attention/cuda/ptx/dependent_launch.cuh"
#include "attention/cuda/ptx/element.cuh"
#include "attention/ternary/cuda/packed_layout.h"
#include "attention/ternary/cuda/small_batch_configuration.h"
#include "attention/ternary/cuda/small_batch_parameters.h"
#include "attention/ternary/cuda/small_batch_sums.cuh"

namespace attune::ternary_cuda {

template <Output kOutput>
__device__ __forceinline__ void StoreOutput(void* out, long long index, float value) {
  if constexpr (kOutput == Output::kFloat) {
    static_cast<float*>(out)[index] = value;
  } else {
    static_cast<unsigned short*>(out)[index] =
        static_cast<unsigned short>(ptx::Pack<Element::kBfloat16>(value, 0));
  }
}

// `index` is a multiple of four.
template <Output kOutput>
__device__ __forceinline__ void StoreFour(void* out, long long index, float4 values) {
  if constexpr (kOutput == Output::kFloat) {
    static_cast<float4*>(out)[index / 4] = values;
  } else {
    static_cast<uint2*>(out)[index / 4] =
        make_uint2(ptx::Pack<Element::kBfloat16>(values.x, values.y),
                   ptx::Pack<Element::kBfloat16>(values.z, values.w));
  }
}

__device__ __forceinline__ float4 Plus(float4 a, float4 b) {
  return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}
__device__ __forceinline__ float4 Times(float4 a, float4 b) {
  return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w);
}

// Threads take four neighbouring rows of one batch row at a time, not one: 240 instructions of a
// kernel of 1600 less (H200, 2026-11-23: bf16 at batch 8 in 3 % less time).
template <SmallBatchTraits kT, SmallBatchConfiguration kC>
class BlockOutput {
  static constexpr int kRows = BlockRows(kC);
  static constexpr int kPitch = kRows + kPartialPad;
  static constexpr int kFoursAtOnce = 2;

 public:
  // `shared` is the block's, SharedBytes.
  __device__ __forceinline__ BlockOutput(const SmallBatchParameters& p, unsigned char* shared)
      : p_(p),
        partials_(reinterpret_cast<float*>(shared)),
        row_scales_(reinterpret_cast<float*>(shared + TermsOffset(kT, kC))),
        tile_(blockIdx.z * gridDim.x + blockIdx.x),
        batch_(blockIdx.z * BlockBatch(kC)),
        batch_rows_(min(p.batch - batch_, BlockBatch(kC))) {}

  // Scales are copied with the first stage: read when sums are there, they would add the latency of
  // memory to that of every launch. Those of rows are part of the weights.
  __device__ __forceinline__ void CopyRowScales() const {
    if (kT.group != 0) return;
#pragma unroll
    for (int first = 0; first < kRows; first += Threads(kC)) {
      const int row = first + threadIdx.x;
      if (row >= kRows) break;
      const bool present = GlobalRow(row) < p_.rows;
      ptx::CopyAsync<4>(ptx::SharedAddressOf(row_scales_ + row),
                        p_.packed_scales + (present ? ScaleIndex(GlobalRow(row), 0, 1) : 0),
                        present);
    }
  }
  __device__ __forceinline__ void CopyActivationScales() const {
    static_assert(BlockBatch(kC) <= Threads(kC));
    const int row = threadIdx.x;
    if (p_.activation_scales == nullptr || row >= batch_rows_) return;
    ptx::CopyAsync<4>(ptx::SharedAddressOf(row_scales_ + kRows + row),
                      p_.activation_scales + batch_ + row, true);
  }

  // After a block barrier behind all copies, and the last use of what lies in the partials' place.
  __device__ __forceinline__ void Write(const WarpSums<kT, kC>& sums) {
    Spread(sums);
    __syncthreads();
    if constexpr (kC.split == 1) {
      Finish<kRows>(0, [&](int row, int batch) { return OverWarps(row, batch); });
    } else if constexpr (kC.cluster != 0) {
      WriteByCluster();
    } else {
      WriteByMemory();
    }
  }

 private:
  // The warp's sums into its own partials.
  __device__ __forceinline__ void Spread(const WarpSums<kT, kC>& sums) {
    const int lane = threadIdx.x % kLanes;
    float* const own = partials_ + threadIdx.x / kLanes * PartialFloats(kC);
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) {
#pragma unroll
      for (int b = 0; b < kC.batch_tiles; ++b) {
#pragma unroll
        for (int tile = 0; tile < kChunkRows / kTileRows; ++tile) {
#pragma unroll
          for (int i = 0; i < 4; ++i) {
            const int row = r * kChunkRows + tile * kTileRows + lane / 4 + i / 2 * 8;
            const int batch = b * kTileBatch + lane % 4 * 2 + i % 2;
            own[batch * kPitch + row] = sums.Value(r, b, tile, i);
          }
        }
      }
    }
  }

  // Each block of the cluster adds up a part of the rows.
  __device__ __forceinline__ void WriteByCluster() {
    constexpr int kPart = kRows / kC.split;
    ForEachFour([&](int row, int batch) { *Partial(0, row, batch) = OverWarps(row, batch); });
    ptx::ClusterArrive();
    ptx::ClusterWait();
    Finish<kPart>(blockIdx.y * kPart, [&](int row, int batch) {
      const cuda::std::uint32_t partial = ptx::SharedAddressOf(Partial(0, row, batch));
      float4 sum = make_float4(0, 0, 0, 0);
#pragma unroll
      for (int i = 0; i < kC.split; ++i) sum = Plus(sum, ptx::ReadFourOfBlock(partial, i));
      return sum;
    });
    // The others may still read this block's memory.
    ptx::ClusterArrive();
    ptx::ClusterWait();
  }

  // The block that is the last to end adds all rows up.
  __device__ __forceinline__ void WriteByMemory() {
    // Launches share the workspace.
    ptx::WaitForPreviousKernel();
    float* const own = Exchange(blockIdx.y);
    ForEachFour([&](int row, int batch) {
      *reinterpret_cast<float4*>(own + batch * kPitch + row) = OverWarps(row, batch);
    });
    if (!IsLastOfRows()) return;
    Finish<kRows>(0, [&](int row, int batch) {
      float4 sum = make_float4(0, 0, 0, 0);
#pragma unroll
      for (int i = 0; i < kC.split; ++i) {
        const float* const part = Exchange(i) + batch * kPitch + row;
        sum = Plus(sum, __ldcg(reinterpret_cast<const float4*>(part)));
      }
      return sum;
    });
  }

  // Fours of rows of one thread where a block has `rows` rows: threads lie side by side along them.
  static constexpr __device__ int FoursOfThread(int rows) {
    return (rows / 4 * BlockBatch(kC) + Threads(kC) - 1) / Threads(kC);
  }

  // Calls body(first row, batch row) for the thread's fours of the block's rows.
  template <typename Body>
  __device__ __forceinline__ void ForEachFour(Body body) const {
#pragma unroll
    for (int j = 0; j < FoursOfThread(kRows); ++j) {
      const int i = threadIdx.x + j * Threads(kC);
      if (i < kRows / 4 * batch_rows_) body(i % (kRows / 4) * 4, i / (kRows / 4));
    }
  }

  // Stores the thread's outputs of kPart rows from `first` on, of sum(first of four rows, batch
  // row), some at a time: as many as registers hold.
  template <int kPart, typename Sum>
  __device__ __forceinline__ void Finish(int first, Sum sum) const {
    static_assert(kPart % 4 == 0);
    constexpr int kCount = FoursOfThread(kPart);
    constexpr int kAtOnce = kCount < kFoursAtOnce ? kCount : kFoursAtOnce;
#pragma unroll 1
    for (int j = 0; j < kCount; j += kAtOnce) {
      const int begin = threadIdx.x + j * Threads(kC);
      if (begin >= kPart / 4 * batch_rows_) return;
      FinishSome<kPart, kAtOnce>(begin, first, sum);
    }
  }

  // Those at `begin` and at steps of the block's threads from there. All loads come before the
  // first store: one latency in place of one for each output.
  template <int kPart, int kCount, typename Sum>
  __device__ __forceinline__ void FinishSome(int begin, int first, Sum sum) const {
    constexpr int kFours = kPart / 4;
    const int end = kFours * batch_rows_;
    float4 values[kCount];
#pragma unroll
    for (int j = 0; j < kCount; ++j) {
      const int i = min(begin + j * Threads(kC), end - 1);
      values[j] =
          WithTerms(first + i % kFours * 4, i / kFours, sum(first + i % kFours * 4, i / kFours));
    }
#pragma unroll
    for (int j = 0; j < kCount; ++j) {
      const int i = begin + j * Threads(kC);
      if (i < end) Store(GlobalRow(first + i % kFours * 4), i / kFours, values[j]);
    }
  }

  // Sums of four rows from `row` on times their scales, plus bias.
  __device__ __forceinline__ float4 WithTerms(int row, int batch, float4 sums) const {
    if (kT.group == 0) sums = Times(sums, *reinterpret_cast<const float4*>(row_scales_ + row));
    if (p_.activation_scales != nullptr) {
      const float scale = row_scales_[kRows + batch];
      sums = Times(sums, make_float4(scale, scale, scale, scale));
    }
    if (p_.bias != nullptr) {
      sums = Plus(sums, make_float4(Bias(row), Bias(row + 1), Bias(row + 2), Bias(row + 3)));
    }
    return sums;
  }

  __device__ __forceinline__ float Bias(int row) const {
    return __ldg(p_.bias + min(GlobalRow(row), p_.rows - 1LL));
  }

  // Four rows from `row` on, of those that the matrix has.
  __device__ __forceinline__ void Store(long long row, int batch, float4 values) const {
    const long long at = (batch_ + batch) * static_cast<long long>(p_.rows) + row;
    if (p_.rows % 4 == 0) {
      if (row < p_.rows) StoreFour<kT.output>(p_.out, at, values);
      return;
    }
    if (row < p_.rows) StoreOutput<kT.output>(p_.out, at, values.x);
    if (row + 1 < p_.rows) StoreOutput<kT.output>(p_.out, at + 1, values.y);
    if (row + 2 < p_.rows) StoreOutput<kT.output>(p_.out, at + 2, values.z);
    if (row + 3 < p_.rows) StoreOutput<kT.output>(p_.out, at + 3, values.w);
  }

  __device__ __forceinline__ long long GlobalRow(int row) const {
    return static_cast<long long>(blockIdx.x) * kRows + row;
  }

  // Four rows from `row` on of a warp's partials.
  __device__ __forceinline__ float4* Partial(int warp, int row, int batch) const {
    static_assert(kPitch % 4 == 0);
    return reinterpret_cast<float4*>(partials_ + warp * PartialFloats(kC) + batch * kPitch + row);
  }

  __device__ __forceinline__ float4 OverWarps(int row, int batch) const {
    float4 sum = *Partial(0, row, batch);
#pragma unroll
    for (int warp = 1; warp < kC.warps; ++warp) sum = Plus(sum, *Partial(warp, row, batch));
    return sum;
  }

  __device__ __forceinline__ float* Exchange(int part) const {
    return p_.partials + (static_cast<long long>(tile_) * kC.split + part) * PartialFloats(kC);
  }

  // Whether the other blocks of these rows have written their partials, which can then be read.
  __device__ __forceinline__ bool IsLastOfRows() const {
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
      last = atomicAdd(p_.counters + tile_, 1u) == kC.split - 1;
      if (last) p_.counters[tile_] = 0;  // for the next launch
      __threadfence();
    }
    __syncthreads();
    return last;
  }

  const SmallBatchParameters& p_;
  float* partials_;
  float* row_scales_;  // then activations' scales
  int tile_;
  int batch_;
  int batch_rows_;
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_OUTPUT_CUH_
