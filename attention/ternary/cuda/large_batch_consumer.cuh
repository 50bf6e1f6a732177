// A consumer warpgroup of the large-batch kernel: weights from memory into registers, expanded
// there, times activations from shared memory.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CONSUMER_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CONSUMER_CUH_

#include <cuda/std/cstdint>
#include <cuda/std/type_traits>

#include "attention/cuda/hopper/ring.cuh"
#include "attention/cuda/ptx/mbarrier.cuh"
#include "attention/cuda/ptx/wgmma.cuh"
#include "attention/cuda/ptx/wgmma_registers.cuh"
#include "attention/ternary/cuda/expand.cuh"
#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_output.cuh"
#include "attention/ternary/cuda/large_batch_parameters.h"
#include "attention/ternary/cuda/large_batch_shared.cuh"
#include "attention/ternary/cuda/large_batch_weights.cuh"

namespace attune::ternary_cuda {

template <LargeBatchTraits kT, LargeBatchConfiguration kC>
class LargeBatchConsumer {
  static constexpr bool kInt8 = kT.activation == Activation::kInt8;
  static constexpr int kGroups = GroupsPerStage(kT);
  using Weights = StageWeights<kT, kC>;
  using Product = cuda::std::conditional_t<kInt8, ptx::WgmmaRegistersInt8<kC.block_batch>,
                                           ptx::WgmmaRegisters<Element::kBfloat16, kC.block_batch>>;
  using ProductSum = cuda::std::conditional_t<kInt8, int, float>;
  using KeptSum = cuda::std::conditional_t<kInt8 && kGroups == 0, int, float>;

 public:
  __device__ __forceinline__ LargeBatchConsumer(const LargeBatchParameters& p,
                                                LargeBatchShared<kC>& shared, int consumer)
      : p_(p), shared_(shared), warp_(threadIdx.x / 32 % 4), consumer_(consumer) {}

  __device__ __forceinline__ void Run() {
    for (int i = blockIdx.x; i < TileCount<kC>(p_); i += gridDim.x) {
      const LargeBatchTile tile = TileAt<kC>(p_, i);
      row_chunk_ = tile.row_chunk + Weights::RowChunk(consumer_, warp_);
      Multiply();
      WarpOutput<kT, kC> output(p_, shared_.output[consumer_ * 4 + warp_],
                                row_chunk_ * kChunkRows + Weights::FirstRow(warp_), tile.batch);
      output.Write(sums_, 1.0f / (kInt8 ? kByteUnit : kHalfUnit));
    }
  }

 private:
  __device__ __forceinline__ void Multiply() {
    const int stages = StageCount<kT>(p_);
    if constexpr (kGroups > 0) Clear();
    Weights weights[kC.prefetch];
#pragma unroll
    for (int i = 0; i < kC.prefetch; ++i) Read(weights[i], i, stages);
    // One operand is multiplied while the next stage's weights are expanded into the other.
    WeightOperand<kC> even;
    WeightOperand<kC> odd;
    weights[0].Expand(even);
    for (int stage = 0; stage < stages; stage += 2) {
      Step(weights, even, odd, stage, stages);
      if (stage + 1 < stages) Step(weights, odd, even, stage + 1, stages);
    }
  }

  __device__ __forceinline__ void Read(Weights& weights, int stage, int stages) const {
    if (stage < stages) weights.Read(p_, row_chunk_, Weights::FirstRow(warp_), stage);
  }

  // `weights[0]` are those of `stage`, expanded into `operand`.
  __device__ __forceinline__ void Step(Weights (&weights)[kC.prefetch], WeightOperand<kC>& operand,
                                       WeightOperand<kC>& next, int stage, int stages) {
    const Weights current = weights[0];
#pragma unroll
    for (int i = 0; i + 1 < kC.prefetch; ++i) weights[i] = weights[i + 1];
    Read(weights[kC.prefetch - 1], stage + kC.prefetch, stages);
    shared_.ring.WaitFull(position_);
    const cuda::std::uint64_t activations =
        ptx::DepthInRows(ptx::SharedAddress(shared_.activations[position_.stage]));
    if constexpr (kGroups == 0) {
      Issue<0, kSteps>(sums_, operand, activations, stage > 0);
      weights[0].Expand(next);
      Wait(sums_);
    } else {
      MultiplyGroups(current, operand, activations, [&] { weights[0].Expand(next); });
    }
    if (threadIdx.x % 32 == 0) shared_.ring.Release(position_);
    position_.Advance();
  }

  template <typename Between>
  __device__ __forceinline__ void MultiplyGroups(const Weights& weights, WeightOperand<kC>& operand,
                                                 cuda::std::uint64_t activations, Between between) {
    MultiplyGroup<0>(weights, operand, activations, between);
    const auto nothing = [] {};
    if constexpr (kGroups > 1) MultiplyGroup<1>(weights, operand, activations, nothing);
    if constexpr (kGroups > 2) MultiplyGroup<2>(weights, operand, activations, nothing);
    if constexpr (kGroups > 3) MultiplyGroup<3>(weights, operand, activations, nothing);
  }

  template <int kGroup, typename Between>
  __device__ __forceinline__ void MultiplyGroup(const Weights& weights, WeightOperand<kC>& operand,
                                                cuda::std::uint64_t activations, Between between) {
    constexpr int kGroupSteps = kSteps / kGroups;
    ProductSum products[kC.row_tiles][kC.block_batch / 2];
    Issue<kGroup * kGroupSteps, (kGroup + 1) * kGroupSteps>(products, operand, activations, 0);
    between();
    Wait(products);
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
      const float scales[2] = {weights.Scale(kGroup, tile, 0), weights.Scale(kGroup, tile, 1)};
#pragma unroll
      for (int i = 0; i < kC.block_batch / 2; ++i) {
        sums_[tile][i] += scales[i / 2 % 2] * static_cast<float>(products[tile][i]);
      }
    }
  }

  template <int kBegin, int kEnd, typename Sum>
  static __device__ __forceinline__ void Issue(Sum (&sums)[kC.row_tiles][kC.block_batch / 2],
                                               WeightOperand<kC>& operand,
                                               cuda::std::uint64_t activations, int accumulate) {
    ptx::WgmmaFence();
#pragma unroll
    for (int step = kBegin; step < kEnd; ++step) {
#pragma unroll
      for (int tile = 0; tile < kC.row_tiles; ++tile) {
        Product::Run(sums[tile], operand[step][tile], ptx::Advance(activations, 32 * step),
                     step > kBegin ? 1 : accumulate);
      }
    }
    ptx::WgmmaCommit();
  }

  template <typename Sum>
  static __device__ __forceinline__ void Wait(Sum (&sums)[kC.row_tiles][kC.block_batch / 2]) {
    ptx::WgmmaWait<0>();
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) ptx::PinRegisters(sums[tile]);
  }

  __device__ __forceinline__ void Clear() {
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
#pragma unroll
      for (int i = 0; i < kC.block_batch / 2; ++i) sums_[tile][i] = 0;
    }
  }

  const LargeBatchParameters& p_;
  LargeBatchShared<kC>& shared_;
  int warp_;
  int consumer_;
  int row_chunk_ = 0;
  hopper::RingPosition<kC.stages> position_;
  KeptSum sums_[kC.row_tiles][kC.block_batch / 2];
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CONSUMER_CUH_
