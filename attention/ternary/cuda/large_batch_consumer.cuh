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
#include "attention/ternary/cuda/large_batch_groups.cuh"
#include "attention/ternary/cuda/large_batch_output.cuh"
#include "attention/ternary/cuda/large_batch_parameters.h"
#include "attention/ternary/cuda/large_batch_shared.cuh"
#include "attention/ternary/cuda/large_batch_weights.cuh"

namespace attune::ternary_cuda {

template <LargeBatchTraits kT, LargeBatchConfiguration kC>
class LargeBatchConsumer {
  static constexpr bool kInt8 = kT.activation == Activation::kInt8;
  static constexpr int kGroups = GroupsPerStage(kT);
  // Groups longer than a stage are two.
  static constexpr bool kTwoStageGroups = kT.group > StageColumns(kT);
  using Weights = StageWeights<kT, kC>;
  using Groups = LargeBatchGroups<kT, kC>;
  static constexpr int kTurn = TurnStages(kT, kC);
  static_assert(kTurn % kC.prefetch == 0);
  static constexpr int kParts = Parts(kT, kC);
  static constexpr int kUnits = kGroups * kParts;  // of products of a stage that end together
  using StageScales = typename Groups::Scales[kGroups > 0 ? kGroups : 1];
  using Product = cuda::std::conditional_t<kInt8, ptx::WgmmaRegistersInt8<kC.block_batch>,
                                           ptx::WgmmaRegisters<Element::kBfloat16, kC.block_batch>>;
  using Sum = cuda::std::conditional_t<kInt8 && kGroups == 0, int, float>;
  using Sums = Sum[kC.row_tiles][kC.block_batch / 2];

 public:
  __device__ __forceinline__ LargeBatchConsumer(const LargeBatchParameters& p,
                                                LargeBatchShared<kC>& shared, int consumer)
      : p_(p), shared_(shared), warp_(threadIdx.x / 32 % 4), consumer_(consumer) {}

  __device__ __forceinline__ void Run() {
    const int stages = StageCount<kT, kC>(p_);
    Weights weights[kC.prefetch];
    Begin(blockIdx.x, weights, stages);
    for (int i = blockIdx.x; i < TileCount<kC>(p_); i += gridDim.x) {
      Multiply(weights, stages);
      const int row = row_chunk_ * kChunkRows + Weights::FirstRow(warp_);
      // The next tile's first weights are on their way while this one's output is written.
      Begin(i + gridDim.x, weights, stages);
      WarpOutput<kT, kC> output(p_, shared_.output[consumer_ * 4 + warp_], row,
                                TileAt<kC>(p_, i).batch);
      output.Write(sums_, 1.0f / (kInt8 ? kByteUnit : kHalfUnit));
    }
  }

 private:
  // Reads what tile `index` begins with; zeros behind the last.
  __device__ __forceinline__ void Begin(int index, Weights (&weights)[kC.prefetch], int stages) {
    row_chunk_ = index < TileCount<kC>(p_)
                     ? TileAt<kC>(p_, index).row_chunk + Weights::RowChunk(consumer_, warp_)
                     : p_.row_chunks;
#pragma unroll
    for (int i = 0; i < kC.prefetch; ++i) Read(weights[i], i, stages);
  }

  __device__ __forceinline__ void Multiply(Weights (&weights)[kC.prefetch], int stages) {
    if constexpr (HasManyParts(kT, kC)) {
      Clear();
      for (int stage = 0; stage < stages; stage += kTurn) MultiplyParts(weights, stage, stages);
    } else {
      MultiplyByTwoOperands(weights, stages);
    }
  }

  // One is multiplied while the next stage's weights are expanded into the other.
  __device__ __forceinline__ void MultiplyByTwoOperands(Weights (&weights)[kC.prefetch],
                                                        int stages) {
    WeightOperand<kC> even;
    WeightOperand<kC> odd;
    weights[0].Expand(even);
    if constexpr (kGroups == 0) {
      for (int stage = 0; stage < stages; stage += kTurn) {
        Step<0>(weights, even, odd, stage, stages);
        if (stage + 1 < stages) Step<1>(weights, odd, even, stage + 1, stages);
        if constexpr (kTurn == 4) {
          if (stage + 2 < stages) Step<2>(weights, even, odd, stage + 2, stages);
          if (stage + 3 < stages) Step<3>(weights, odd, even, stage + 3, stages);
        }
      }
    } else {
      Clear();
      for (int stage = 0; stage < stages; stage += kTurn) {
        MultiplyGroups(weights, even, odd, stage, stages);
      }
    }
  }

  __device__ __forceinline__ void Read(Weights& weights, int stage, int stages) const {
    if (stage < stages) weights.Read(p_, row_chunk_, Weights::FirstRow(warp_), stage);
  }

  // The stage's activations, once they are there.
  __device__ __forceinline__ cuda::std::uint64_t WaitForActivations() {
    shared_.ring.WaitFull(position_);
    return ptx::DepthInRows(ptx::SharedAddress(shared_.activations[position_.stage]));
  }

  __device__ __forceinline__ void Release(hopper::RingPosition<kC.stages> position) {
    shared_.ring.template ReleaseInWarp<kC.cluster>(position);
  }

  // Of the kNumber-th stage of a turn. Its weights, expanded into `operand`, are weights[kNumber %
  // kC.prefetch], which those that are read ahead replace. Each keeps its place: a copy of
  // registers waits until what is read into them has come (H200, 2026-11-23: that, and not
  // products, took most of the time of tiles of 128 by 128).
  template <int kNumber>
  __device__ __forceinline__ void Step(Weights (&weights)[kC.prefetch], WeightOperand<kC>& operand,
                                       WeightOperand<kC>& next, int stage, int stages) {
    Read(weights[kNumber % kC.prefetch], stage + kC.prefetch, stages);
    Issue(operand, WaitForActivations(), stage > 0);
    weights[(kNumber + 1) % kC.prefetch].Expand(next);
    ptx::WgmmaWait<0>();
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) ptx::PinRegisters(sums_[tile]);
    Release(position_);
    position_.Advance();
  }

  __device__ __forceinline__ void Issue(WeightOperand<kC>& operand, cuda::std::uint64_t activations,
                                        int accumulate) {
    ptx::WgmmaFence();
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
#pragma unroll
      for (int tile = 0; tile < kC.row_tiles; ++tile) {
        Product::Run(sums_[tile], operand[step][tile], ptx::Advance(activations, 32 * step),
                     step > 0 ? 1 : accumulate);
      }
    }
    ptx::WgmmaCommit();
  }

  // kTurn stages of whole groups. No product runs on from one such turn to the next: ptxas
  // of CUDA 13.0 lets products run while others' sums are read only inside one piece of code
  // without branches, and makes them wait for each other otherwise (C7514).
  __device__ __forceinline__ void MultiplyGroups(Weights (&weights)[kC.prefetch],
                                                 WeightOperand<kC>& even, WeightOperand<kC>& odd,
                                                 int stage, int stages) {
    static_assert(kTurn == 4);
    Groups groups;
    typename Groups::Scales scales;
    GroupStep<0>(groups, scales, weights, even, odd, stage, stages);
    GroupStep<1>(groups, scales, weights, odd, even, stage + 1, stages);
    GroupStep<2>(groups, scales, weights, even, odd, stage + 2, stages);
    GroupStep<3>(groups, scales, weights, odd, even, stage + 3, stages);
    ptx::WgmmaWait<1>();
    groups.template Add<0, 0>(scales, sums_);
    ptx::WgmmaWait<0>();
    groups.template Add<1, 1>(scales, sums_);
    Release(last_);
  }

  // As Step, for the kNumber-th of them. Its products still run when it returns, and with them the
  // use of `operand` and of the ring's slot `last_`.
  template <int kNumber>
  __device__ __forceinline__ void GroupStep(Groups& groups, typename Groups::Scales& scales,
                                            Weights (&weights)[kC.prefetch],
                                            WeightOperand<kC>& operand, WeightOperand<kC>& next,
                                            int stage, int stages) {
    const Weights current = weights[kNumber % kC.prefetch];
    Read(weights[kNumber % kC.prefetch], stage + kC.prefetch, stages);
    const cuda::std::uint64_t activations = WaitForActivations();
    if constexpr (kTwoStageGroups && kNumber % 2 == 1) {
      groups.template Issue<0, 0, 0, kSteps>(operand, activations, 1);
      groups.template Issue<1, 1, 0, kSteps>(operand, activations, 1);
    } else {
      StartGroup<0, kNumber != 0>(groups, scales, current, operand, activations);
    }
    if constexpr (kNumber > 0) {
      // The stage before is done with: its operand is the next one.
      ptx::WgmmaWait<Groups::kBuffers>();
      Release(last_);
    }
    weights[(kNumber + 1) % kC.prefetch].Expand(next);
    if constexpr (kGroups > 1) StartGroup<1, true>(groups, scales, current, operand, activations);
    if constexpr (kGroups > 2) StartGroup<2, true>(groups, scales, current, operand, activations);
    if constexpr (kGroups > 3) StartGroup<3, true>(groups, scales, current, operand, activations);
    last_ = position_;
    position_.Advance();
  }

  // Each part of the group before, if there is one, is added up while the other's products run.
  template <int kGroup, bool kBehindAnother>
  __device__ __forceinline__ void StartGroup(Groups& groups, typename Groups::Scales& scales,
                                             const Weights& weights, WeightOperand<kC>& operand,
                                             cuda::std::uint64_t activations) {
    constexpr int kBegin = kGroup * kSteps / kGroups;
    constexpr int kEnd = (kGroup + 1) * kSteps / kGroups;
    if constexpr (kBehindAnother) {
      ptx::WgmmaWait<1>();
      groups.template Add<0, 0>(scales, sums_);
    }
    groups.template Issue<0, 0, kBegin, kEnd>(operand, activations, 0);
    if constexpr (kBehindAnother) {
      ptx::WgmmaWait<1>();
      groups.template Add<1, 1>(scales, sums_);
    }
    Groups::Read(weights, kGroup, scales);
    groups.template Issue<1, 1, kBegin, kEnd>(operand, activations, 0);
  }

  // kTurn stages where parts are many. Sums leave room for one stage's operand: the next one's is
  // expanded once its products have ended, while another warpgroup's run.
  __device__ __forceinline__ void MultiplyParts(Weights (&weights)[kC.prefetch], int stage,
                                                int stages) {
    Groups groups;
    WeightOperand<kC> operand;
    StageScales scales;
    typename Groups::Scales last;
    PartsStep<0>(groups, scales, last, weights, operand, stage, stages);
    PartsStep<1>(groups, scales, last, weights, operand, stage + 1, stages);
    if constexpr (kTurn == 4) {
      PartsStep<2>(groups, scales, last, weights, operand, stage + 2, stages);
      PartsStep<3>(groups, scales, last, weights, operand, stage + 3, stages);
    }
    ptx::WgmmaWait<0>();
    Release(last_);
    groups.template Add<(kTurn * kUnits - 1) % 2, kParts - 1>(scales[kGroups - 1], sums_);
  }

  // The kNumber-th of them. Its last part's products still run when it returns.
  template <int kNumber>
  __device__ __forceinline__ void PartsStep(Groups& groups, StageScales& scales,
                                            typename Groups::Scales& last,
                                            Weights (&weights)[kC.prefetch],
                                            WeightOperand<kC>& operand, int stage, int stages) {
    if constexpr (kNumber > 0) {
      Copy(scales[kGroups - 1], last);
      ptx::WgmmaWait<0>();
      Release(last_);
    }
    Weights& own = weights[kNumber % kC.prefetch];
    own.Expand(operand);
#pragma unroll
    for (int group = 0; group < kGroups; ++group) Groups::Read(own, group, scales[group]);
    const cuda::std::uint64_t activations = WaitForActivations();
    IssueUnit<kNumber, 0>(groups, operand, activations);
    Read(own, stage + kC.prefetch, stages);
    if constexpr (kNumber > 0) {
      groups.template Add<(kNumber * kUnits - 1) % 2, kParts - 1>(last, sums_);
    }
    IssueUnit<kNumber, 1>(groups, operand, activations);
    RunUnits<kNumber, 2>(groups, scales, operand, activations);
    last_ = position_;
    position_.Advance();
  }

  // A stage's products in the order of groups, and in each of parts: unit kUnit and those behind
  // it, each once the one two before it, which had its registers, is added up.
  template <int kNumber, int kUnit>
  __device__ __forceinline__ void RunUnits(Groups& groups, const StageScales& scales,
                                           WeightOperand<kC>& operand,
                                           cuda::std::uint64_t activations) {
    constexpr int kDone = kUnit - 2;
    ptx::WgmmaWait<1>();
    groups.template Add<(kNumber * kUnits + kDone) % 2, kDone % kParts>(scales[kDone / kParts],
                                                                        sums_);
    if constexpr (kUnit < kUnits) {
      IssueUnit<kNumber, kUnit>(groups, operand, activations);
      RunUnits<kNumber, kUnit + 1>(groups, scales, operand, activations);
    }
  }

  template <int kNumber, int kUnit>
  __device__ __forceinline__ void IssueUnit(Groups& groups, WeightOperand<kC>& operand,
                                            cuda::std::uint64_t activations) {
    constexpr int kGroup = kUnit / kParts;
    groups.template Issue<(kNumber * kUnits + kUnit) % 2, kUnit % kParts, kGroup * kSteps / kGroups,
                          (kGroup + 1) * kSteps / kGroups>(operand, activations, 0);
  }

  static __device__ __forceinline__ void Copy(const typename Groups::Scales& from,
                                              typename Groups::Scales& to) {
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
      to[tile][0] = from[tile][0];
      to[tile][1] = from[tile][1];
    }
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
  hopper::RingPosition<kC.stages> last_;  // with groups: the stage before
  Sums sums_;
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CONSUMER_CUH_
