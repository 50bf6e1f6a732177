// Sums of a group of columns with a scale of its own, in two parts: while one part's sums are
// scaled and added up, the tensor cores work on the other's. A part is one of two row tiles, or
// half of the batch rows of one: together they hold as many registers as one set of sums would.
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
  static constexpr bool kByTile = kC.row_tiles == 2;
  static constexpr int kPartBatch = kByTile ? kC.block_batch : kC.block_batch / 2;
  static constexpr int kPartSums = kPartBatch / 2;
  using Product = cuda::std::conditional_t<kInt8, ptx::WgmmaRegistersInt8<kPartBatch>,
                                           ptx::WgmmaRegisters<Element::kBfloat16, kPartBatch>>;
  using Sum = cuda::std::conditional_t<kInt8, int, float>;

 public:
  static constexpr int kParts = 2;
  using Sums = float[kC.row_tiles][kC.block_batch / 2];

  // Scales of the group whose products are issued next; after both parts of the last were added.
  __device__ __forceinline__ void SetScales(const StageWeights<kT, kC>& weights, int group) {
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
      scales_[tile][0] = weights.Scale(group, tile, 0);
      scales_[tile][1] = weights.Scale(group, tile, 1);
    }
  }

  // Issues part kPart's products of steps kBegin to kEnd of a stage, as a batch to be waited for.
  template <int kPart, int kBegin, int kEnd>
  __device__ __forceinline__ void Issue(WeightOperand<kC>& operand, cuda::std::uint64_t activations,
                                        int accumulate) {
    constexpr int kTile = kByTile ? kPart : 0;
    constexpr int kOffset = kByTile ? 0 : kPart * kPartBatch * kStageRowBytes;
    ptx::WgmmaFence();
#pragma unroll
    for (int step = kBegin; step < kEnd; ++step) {
      Product::Run(products_[kPart], operand[step][kTile],
                   ptx::Advance(activations, kOffset + 32 * step), step > kBegin ? 1 : accumulate);
    }
    ptx::WgmmaCommit();
  }

  // Adds part kPart, whose products have ended, times the group's scales.
  template <int kPart>
  __device__ __forceinline__ void Add(Sums& sums) {
    constexpr int kTile = kByTile ? kPart : 0;
    constexpr int kFirst = kByTile ? 0 : kPart * kPartSums;
    ptx::PinRegisters(products_[kPart]);
#pragma unroll
    for (int i = 0; i < kPartSums; ++i) {
      sums[kTile][kFirst + i] +=
          scales_[kTile][i / 2 % 2] * static_cast<float>(products_[kPart][i]);
    }
  }

 private:
  Sum products_[kParts][kPartSums];
  float scales_[kC.row_tiles][2];
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_GROUPS_CUH_
