// Weights of one stage as a lane holds them: read from memory, then expanded for the tensor cores.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_WEIGHTS_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_WEIGHTS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/wgmma.cuh"
#include "attention/ternary/cuda/expand.cuh"
#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_parameters.h"
#include "attention/ternary/cuda/packed_layout.h"

namespace attune::ternary_cuda {

// The register operand of wgmma for one stage.
template <LargeBatchConfiguration kC>
using WeightOperand = cuda::std::uint32_t[kSteps][kC.row_tiles][4];

// With one row tile a warp has half a chunk's rows, with two all of them: tile i is made of the
// 16 rows from 16i on of four warps' chunks, in whatever order, as long as output knows it.
template <LargeBatchTraits kT, LargeBatchConfiguration kC>
class StageWeights {
  static constexpr int kChunks = StageChunks(kT);
  static constexpr int kGroups = GroupsPerStage(kT);

 public:
  // The row chunk that warp `warp` of consumer `consumer` reads, counted from the tile's first.
  static __device__ __forceinline__ int RowChunk(int consumer, int warp) {
    return consumer * (kC.row_tiles * 2) + warp * kC.row_tiles / 2;
  }
  // The first of its rows in that chunk.
  static __device__ __forceinline__ int FirstRow(int warp) {
    return kC.row_tiles == 2 ? 0 : warp % 2 * 16;
  }

  // Zeros beyond the matrix.
  __device__ __forceinline__ void Read(const LargeBatchParameters& p, int row_chunk, int first_row,
                                       int stage) {
    const int lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < kChunks; ++i) {
      const int column_chunk = stage * kChunks + i;
      const bool present = row_chunk < p.row_chunks && column_chunk < p.column_chunks;
      const long long chunk = static_cast<long long>(row_chunk) * p.column_chunks + column_chunk;
      ReadRows(static_cast<const char*>(p.chunks) + chunk * kChunkBytes + lane * 16, first_row,
               present, words_[i]);
    }
#pragma unroll
    for (int i = 0; i < kGroups; ++i) {
      const int group =
          kT.group < StageColumns(kT) ? stage * kGroups + i : stage / (kT.group / StageColumns(kT));
      const bool present = row_chunk < p.row_chunks && group < p.groups;
      const long long at = static_cast<long long>(row_chunk) * p.groups + group;
      ReadRows(reinterpret_cast<const char*>(p.packed_scales) + (at * 8 + lane / 4) * 16, first_row,
               present, scales_[i]);
    }
  }

  __device__ __forceinline__ void Expand(WeightOperand<kC>& operand) const {
    ExpandStep<0>(operand);
    ExpandStep<1>(operand);
    ExpandStep<2>(operand);
    ExpandStep<3>(operand);
    // Where it is: the compiler would move it between the products, each of which would then wait.
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
#pragma unroll
      for (int tile = 0; tile < kC.row_tiles; ++tile) ptx::PinRegisters(operand[step][tile]);
    }
  }

  // Of row lane / 4 (half 0) or the one eight below (half 1) of row tile `tile`.
  __device__ __forceinline__ float Scale(int group, int tile, int half) const {
    return __uint_as_float(scales_[group][2 * tile + half]);
  }

 private:
  // The lane's two or four rows' words.
  static __device__ __forceinline__ void ReadRows(const char* address, int first_row, bool present,
                                                  cuda::std::uint32_t (&words)[2 * kC.row_tiles]) {
    if constexpr (kC.row_tiles == 2) {
      const uint4 read =
          present ? __ldg(reinterpret_cast<const uint4*>(address)) : make_uint4(0, 0, 0, 0);
      words[0] = read.x;
      words[1] = read.y;
      words[2] = read.z;
      words[3] = read.w;
    } else {
      const uint2 read = present ? __ldg(reinterpret_cast<const uint2*>(address + first_row / 2))
                                 : make_uint2(0, 0);
      words[0] = read.x;
      words[1] = read.y;
    }
  }

  template <int kStep>
  __device__ __forceinline__ void ExpandStep(WeightOperand<kC>& operand) const {
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        if constexpr (kT.activation == Activation::kInt8) {
          const cuda::std::uint32_t word = words_[kStep / 2 % kChunks][2 * tile + half];
          operand[kStep][tile][half] = ExpandBytes<kStep % 2 * 2>(word);
          operand[kStep][tile][half + 2] = ExpandBytes<kStep % 2 * 2 + 1>(word);
        } else {
          const cuda::std::uint32_t word = words_[0][2 * tile + half];
          operand[kStep][tile][half] = ExpandHalves<2 * kStep>(word);
          operand[kStep][tile][half + 2] = ExpandHalves<2 * kStep + 1>(word);
        }
      }
    }
  }

  cuda::std::uint32_t words_[kChunks][2 * kC.row_tiles];
  cuda::std::uint32_t scales_[kGroups > 0 ? kGroups : 1][2 * kC.row_tiles];
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_WEIGHTS_CUH_
