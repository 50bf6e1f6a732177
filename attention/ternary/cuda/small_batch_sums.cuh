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
  static constexpr int kScales = ScalesPerChunk(kT);
  using Stages = WarpStages<kT, kC>;
  // What one product accumulates in, and what is kept over all columns.
  using Product = cuda::std::conditional_t<kInt8, int, float>;
  using Kept = cuda::std::conditional_t<kInt8 && kScales == 0, int, float>;
  using Operand = cuda::std::uint32_t[Stages::kOperandRegisters];

 public:
  __device__ __forceinline__ void Add(const Stages& stages, int stage) {
    Operand operand[kC.batch_tiles];
#pragma unroll
    for (int b = 0; b < kC.batch_tiles; ++b) stages.Activations(stage, b, operand[b]);
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) {
      const uint4 words = stages.Weights(stage, r);
      if constexpr (kScales == 0) {
        Multiply<0, kSteps>(sums_[r], words, operand);
      } else {
        AddGroup<0>(stages, stage, r, words, operand);
        if constexpr (kScales == 2) AddGroup<1>(stages, stage, r, words, operand);
      }
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

  template <int kNumber>
  __device__ __forceinline__ void AddGroup(const Stages& stages, int stage, int r, uint4 words,
                                           const Operand (&operand)[kC.batch_tiles]) {
    constexpr int kGroupSteps = kSteps / kScales;
    const uint4 scales = stages.Scales(stage, r, kNumber);
    Sums<Product> group = {};
    Multiply<kNumber * kGroupSteps, (kNumber + 1) * kGroupSteps>(group, words, operand);
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
