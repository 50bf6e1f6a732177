// A warp's sums of the small-batch kernel, in registers: rows by batch, of the chunks seen so far.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_SUMS_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_SUMS_CUH_

#include <cuda/std/cstdint>
#include <cuda/std/type_traits>

#include "attention/cuda/ptx/mma.cuh"
#include "attention/ternary/cuda/expand.cuh"
#include "attention/ternary/cuda/small_batch_configuration.h"
#include "attention/ternary/cuda/small_batch_stages.cuh"

namespace attune::ternary_cuda {

template <SmallBatchTraits kT, SmallBatchConfiguration kC>
class WarpSums {
  static constexpr bool kInt8 = kT.activation == Activation::kInt8;
  static constexpr int kTiles = kChunkRows / kTileRows;
  static constexpr int kScales = ScalesPerStage(kT);
  using Stages = WarpStages<kT, kC>;
  // What one product accumulates in, and what is kept over all columns.
  using Product = cuda::std::conditional_t<kInt8, int, float>;
  using Kept = cuda::std::conditional_t<kInt8 && kScales == 0, int, float>;
  using Operand = cuda::std::uint32_t[Stages::kOperandRegisters];

 public:
  __device__ __forceinline__ void Add(const Stages& stages, int stage) {
    if constexpr (kScales == 1) {
      AddLongGroups(stages, stage);
    } else if constexpr (kScales == 0) {
      AddChunk(stages, stage, 0);
      AddChunk(stages, stage, 1);
    } else {
      // In a piece of code, ptxas would read the words and scales of both first, and spill.
#pragma unroll 1
      for (int chunk = 0; chunk < kStageChunks; ++chunk) AddChunk(stages, stage, chunk);
    }
  }

  // The value of element `i` of tile `tile` of row chunk `r`, in units of the weights' scale (or of
  // 1, where scales are per group): row tile * 16 + lane / 4 + i / 2 * 8, batch row
  // lane % 4 * 2 + i % 2 of the batch tile.
  __device__ __forceinline__ float Value(int r, int batch_tile, int tile, int i) const {
    return static_cast<float>(sums_[r][batch_tile][tile][i]) *
           (1.0f / (kInt8 ? kByteUnit : kHalfUnit));
  }

 private:
  // Products along a chunk: depth 32 bytes each.
  static constexpr int kSteps = Stages::kOperandRegisters / 2;
  template <typename T>
  using Sums = T[kC.batch_tiles][kTiles][4];

  template <int kRegister>
  static __device__ __forceinline__ cuda::std::uint32_t Expand(cuda::std::uint32_t word) {
    if constexpr (kInt8) {
      return ExpandBytes<kRegister>(word);
    } else {
      return ExpandHalves<kRegister>(word);
    }
  }

  static __device__ __forceinline__ void Mma(Product (&d)[4], const cuda::std::uint32_t (&a)[4],
                                             cuda::std::uint32_t b0, cuda::std::uint32_t b1) {
    if constexpr (kInt8) {
      ptx::MmaInt8(d, a, b0, b1);
    } else {
      ptx::Mma<Element::kBfloat16>(d, a, b0, b1);
    }
  }

  template <int kStep, int kEnd>
  static __device__ __forceinline__ void Multiply(Sums<Product>& sums, uint4 words,
                                                  const Operand (&operand)[kC.batch_tiles]) {
    if constexpr (kStep < kEnd) {
      const cuda::std::uint32_t upper[4] = {Expand<2 * kStep>(words.x), Expand<2 * kStep>(words.y),
                                            Expand<2 * kStep + 1>(words.x),
                                            Expand<2 * kStep + 1>(words.y)};
      const cuda::std::uint32_t lower[4] = {Expand<2 * kStep>(words.z), Expand<2 * kStep>(words.w),
                                            Expand<2 * kStep + 1>(words.z),
                                            Expand<2 * kStep + 1>(words.w)};
#pragma unroll
      for (int b = 0; b < kC.batch_tiles; ++b) {
        Mma(sums[b][0], upper, operand[b][2 * kStep], operand[b][2 * kStep + 1]);
        Mma(sums[b][1], lower, operand[b][2 * kStep], operand[b][2 * kStep + 1]);
      }
      Multiply<kStep + 1, kEnd>(sums, words, operand);
    }
  }

  __device__ __forceinline__ void AddChunk(const Stages& stages, int stage, int chunk) {
    Operand operand[kC.batch_tiles];
#pragma unroll
    for (int b = 0; b < kC.batch_tiles; ++b) stages.Activations(stage, b, chunk, operand[b]);
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) {
      const uint4 words = stages.Weights(stage, r, chunk);
      if constexpr (kScales == 0) {
        Multiply<0, kSteps>(sums_[r], words, operand);
      } else {
        AddGroups<0>(stages, stage, r, chunk * kScales / kStageChunks, words, operand);
      }
    }
  }

  // Groups of at most a chunk: those of this chunk from step kBegin on, the first of which has
  // number `number` in the stage.
  template <int kBegin>
  __device__ __forceinline__ void AddGroups(const Stages& stages, int stage, int r, int number,
                                            uint4 words, const Operand (&operand)[kC.batch_tiles]) {
    constexpr int kGroupSteps = kStageChunks * kSteps / kScales;
    if constexpr (kBegin < kSteps) {
      Sums<Product> group = {};
      Multiply<kBegin, kBegin + kGroupSteps>(group, words, operand);
      AddScaled(r, stages.Scales(stage, r, number), group);
      AddGroups<kBegin + kGroupSteps>(stages, stage, r, number + 1, words, operand);
    }
  }

  // Groups of a stage: sums of both chunks are scaled at once.
  __device__ __forceinline__ void AddLongGroups(const Stages& stages, int stage) {
    Operand first[kC.batch_tiles];
    Operand second[kC.batch_tiles];
#pragma unroll
    for (int b = 0; b < kC.batch_tiles; ++b) {
      stages.Activations(stage, b, 0, first[b]);
      stages.Activations(stage, b, 1, second[b]);
    }
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) {
      Sums<Product> group = {};
      Multiply<0, kSteps>(group, stages.Weights(stage, r, 0), first);
      Multiply<0, kSteps>(group, stages.Weights(stage, r, 1), second);
      AddScaled(r, stages.Scales(stage, r, 0), group);
    }
  }

  __device__ __forceinline__ void AddScaled(int r, uint4 scales, const Sums<Product>& group) {
#pragma unroll
    for (int b = 0; b < kC.batch_tiles; ++b) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float upper = __uint_as_float(i < 2 ? scales.x : scales.y);
        const float lower = __uint_as_float(i < 2 ? scales.z : scales.w);
        sums_[r][b][0][i] += upper * static_cast<float>(group[b][0][i]);
        sums_[r][b][1][i] += lower * static_cast<float>(group[b][1][i]);
      }
    }
  }

  Sums<Kept> sums_[kC.row_chunks] = {};
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_SUMS_CUH_
