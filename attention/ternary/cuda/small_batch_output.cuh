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

template <SmallBatchTraits kT, SmallBatchConfiguration kC>
class BlockOutput {
  static constexpr int kRows = BlockRows(kC);
  static constexpr int kPitch = kRows + kPartialPad;
  static constexpr int kOutputsAtOnce = 8;

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
    ForEach<kRows>([&](int row, int batch) { *Partial(0, row, batch) = OverWarps(row, batch); });
    ptx::ClusterArrive();
    ptx::ClusterWait();
    Finish<kPart>(blockIdx.y * kPart, [&](int row, int batch) {
      const cuda::std::uint32_t partial = ptx::SharedAddressOf(Partial(0, row, batch));
      float sum = 0;
#pragma unroll
      for (int i = 0; i < kC.split; ++i) sum += ptx::ReadOfBlock(partial, i);
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
    ForEach<kRows>([&](int row, int batch) { own[batch * kPitch + row] = OverWarps(row, batch); });
    if (!IsLastOfRows()) return;
    Finish<kRows>(0, [&](int row, int batch) {
      float sum = 0;
#pragma unroll
      for (int i = 0; i < kC.split; ++i) sum += __ldcg(Exchange(i) + batch * kPitch + row);
      return sum;
    });
  }

  // Outputs of one thread where a block has `rows` rows: threads lie side by side along them.
  static constexpr __device__ int OutputsOfThread(int rows) {
    return (rows * BlockBatch(kC) + Threads(kC) - 1) / Threads(kC);
  }

  // Calls body(row, batch row) for the thread's outputs of the first kPart rows.
  template <int kPart, typename Body>
  __device__ __forceinline__ void ForEach(Body body) const {
#pragma unroll
    for (int j = 0; j < OutputsOfThread(kPart); ++j) {
      const int i = threadIdx.x + j * Threads(kC);
      if (i < kPart * batch_rows_) body(i % kPart, i / kPart);
    }
  }

  // Stores the thread's outputs of kPart rows from `first` on, of sum(row, batch row), some at a
  // time: as many as registers hold.
  template <int kPart, typename Sum>
  __device__ __forceinline__ void Finish(int first, Sum sum) const {
    constexpr int kCount = OutputsOfThread(kPart);
    constexpr int kAtOnce = kCount < kOutputsAtOnce ? kCount : kOutputsAtOnce;
#pragma unroll 1
    for (int j = 0; j < kCount; j += kAtOnce) {
      FinishSome<kPart, kAtOnce>(threadIdx.x + j * Threads(kC), first, sum);
    }
  }

  // Those at `begin` and at steps of the block's threads from there. All loads come before the
  // first store: one latency in place of one for each output.
  template <int kPart, int kCount, typename Sum>
  __device__ __forceinline__ void FinishSome(int begin, int first, Sum sum) const {
    const int end = kPart * batch_rows_;
    float values[kCount];
#pragma unroll
    for (int j = 0; j < kCount; ++j) {
      const int i = begin + j * Threads(kC);
      values[j] = i < end ? sum(first + i % kPart, i / kPart) : 0.0f;
    }
#pragma unroll
    for (int j = 0; j < kCount; ++j) {
      const int i = begin + j * Threads(kC);
      const int row = first + i % kPart;
      const int batch = min(i / kPart, batch_rows_ - 1);
      if (kT.group == 0) values[j] *= row_scales_[row];
      if (p_.activation_scales != nullptr) values[j] *= row_scales_[kRows + batch];
      if (p_.bias != nullptr) values[j] += __ldg(p_.bias + min(GlobalRow(row), p_.rows - 1LL));
    }
#pragma unroll
    for (int j = 0; j < kCount; ++j) {
      const int i = begin + j * Threads(kC);
      const long long row = GlobalRow(first + i % kPart);
      if (i >= end || row >= p_.rows) continue;
      StoreOutput<kT.output>(p_.out, (batch_ + i / kPart) * static_cast<long long>(p_.rows) + row,
                             values[j]);
    }
  }

  __device__ __forceinline__ long long GlobalRow(int row) const {
    return static_cast<long long>(blockIdx.x) * kRows + row;
  }

  __device__ __forceinline__ float* Partial(int warp, int row, int batch) const {
    return partials_ + warp * PartialFloats(kC) + batch * kPitch + row;
  }

  __device__ __forceinline__ float OverWarps(int row, int batch) const {
    float sum = 0;
#pragma unroll
    for (int warp = 0; warp < kC.warps; ++warp) {
      sum += *Partial(warp, row, batch);
    }
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
