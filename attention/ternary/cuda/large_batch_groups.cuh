// Sums of a group of columns with a scale of its own, made in parts, each of some batch rows of one
// row tile: while one part's sums are scaled and added up, the tensor cores work on the next one's.
// Two parts are under way at a time, each in a buffer of registers.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_GROUPS_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_GROUPS_CUH_

#include <cuda/std/cstdint>
#include <cuda/std/type_traits>

#include "attention/cuda/ptx/wgmma.cuh"
#include "attention/cuda/ptx/wgmma_registers.cuh"
#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_weights.cuh"

namespace attune::ternary_cuda {

template <LargeBatchTraits kT, LargeBatchConfiguration kC>
class LargeBatchGroups {
  static constexpr bool kInt8 = kT.activation == Activation::kInt8;
  static constexpr int kBatch = PartBatch(kT, kC);
  static constexpr int kTileParts = kC.block_batch / kBatch;
  static constexpr int kPartSums = kBatch / 2;
  using Product = cuda::std::conditional_t<kInt8, ptx::WgmmaRegistersInt8<kBatch>,
                                           ptx::WgmmaRegisters<Element::kBfloat16, kBatch>>;
  using Sum = cuda::std::conditional_t<kInt8, int, float>;

 public:
  static constexpr int kBuffers = 2;
  using Sums = float[kC.row_tiles][kC.block_batch / 2];
  using Scales = float[kC.row_tiles][2];

  // Scales of a stage's group.
  static __device__ __forceinline__ void Read(const StageWeights<kT, kC>& weights, int group,
                                              Scales& scales) {
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
      scales[tile][0] = weights.Scale(group, tile, 0);
      scales[tile][1] = weights.Scale(group, tile, 1);
    }
  }

  // Issues part kPart's products of steps kBegin to kEnd of a stage, as a batch to be waited for.
  template <int kBuffer, int kPart, int kBegin, int kEnd>
  __device__ __forceinline__ void Issue(WeightOperand<kC>& operand, cuda::std::uint64_t activations,
                                        int accumulate) {
    constexpr int kOffset = kPart % kTileParts * kBatch * kStageRowBytes;
    ptx::WgmmaFence();
#pragma unroll
    for (int step = kBegin; step < kEnd; ++step) {
      Product::Run(products_[kBuffer], operand[step][kPart / kTileParts],
                   ptx::Advance(activations, kOffset + 32 * step), step > kBegin ? 1 : accumulate);
    }
    ptx::WgmmaCommit();
  }

  // Adds part kPart, whose products have ended, times its group's scales.
  template <int kBuffer, int kPart>
  __device__ __forceinline__ void Add(const Scales& scales, Sums& sums) {
    constexpr int kTile = kPart / kTileParts;
    constexpr int kFirst = kPart % kTileParts * kPartSums;
    ptx::PinRegisters(products_[kBuffer]);
#pragma unroll
    for (int i = 0; i < kPartSums; ++i) {
      sums[kTile][kFirst + i] +=
          scales[kTile][i / 2 % 2] * static_cast<float>(products_[kBuffer][i]);
    }
  }

 private:
  Sum products_[kBuffers][kPartSums];
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_GROUPS_CUH_
