// y = x W^T for few rows of x: bound by the bytes of the packed weights.
//
// A block takes some rows of weights and, with `split`, a part of their columns; its warps take
// stages of columns in turn, each with a ring of its own, so that no warp waits for another before
// the sums are added up. Tensor cores multiply even at a batch of one: a code costs
// about one instruction of the integer pipes for each 32 weights and lane, which is what bandwidth
// leaves time for, and multiplying elsewhere would come on top.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_CUH_

#include "attention/cuda/ptx/cp_async.cuh"
#include "attention/cuda/ptx/dependent_launch.cuh"
#include "attention/ternary/cuda/small_batch_configuration.h"
#include "attention/ternary/cuda/small_batch_output.cuh"
#include "attention/ternary/cuda/small_batch_parameters.h"
#include "attention/ternary/cuda/small_batch_stages.cuh"
#include "attention/ternary/cuda/small_batch_sums.cuh"

namespace attune::ternary_cuda {

template <SmallBatchTraits kT, SmallBatchConfiguration kC>
__device__ __forceinline__ void RunSmallBatch(const SmallBatchParameters& p) {
  static_assert(IsValid(kT, kC));
  extern __shared__ __align__(16) unsigned char shared[];
  // The next launch may begin as soon as the activations that this one reads are there.
  if (p.shares_activations != 0) ptx::AllowDependentLaunch();
  const int warp = threadIdx.x / kLanes;
  const int column_stages = (p.column_chunks + kStageChunks - 1) / kStageChunks;
  const int begin =
      static_cast<int>(static_cast<long long>(column_stages) * blockIdx.y / kC.split) + warp;
  const int end =
      static_cast<int>(static_cast<long long>(column_stages) * (blockIdx.y + 1) / kC.split);
  WarpStages<kT, kC> stages(p, blockIdx.x * kC.row_chunks, blockIdx.z * BlockBatch(kC), begin, end,
                            shared + warp * kC.stages * StageBytes(kT, kC));

#pragma unroll
  for (int stage = 0; stage < kC.stages; ++stage) {
    if (begin + stage * kC.warps < end) stages.CopyWeights(stage);
  }
  BlockOutput<kT, kC> output(p, shared);
  output.CopyRowScales();
  // Weights are nobody's output: their copies are under way while the kernel before still runs.
  if (p.shares_activations == 0) {
    ptx::WaitForPreviousKernel();
    ptx::AllowDependentLaunch();
  }
  output.CopyActivationScales();
#pragma unroll
  for (int stage = 0; stage < kC.stages; ++stage) {
    if (begin + stage * kC.warps < end) stages.CopyActivations(stage);
    ptx::CommitCopies();
  }

  WarpSums<kT, kC> sums;
  int stage = 0;
  for (int at = begin; at < end; at += kC.warps) {
    ptx::WaitCopies<kC.stages - 1>();
    __syncwarp();
    sums.Add(stages, stage);
    __syncwarp();
    if (at + kC.stages * kC.warps < end) {
      stages.CopyWeights(stage);
      stages.CopyActivations(stage);
    }
    ptx::CommitCopies();
    stage = stage + 1 == kC.stages ? 0 : stage + 1;
  }
  ptx::WaitCopies<0>();
  __syncthreads();
  output.Write(sums);
  // A launch that has not waited ends after those before it all the same, so that who waits for it
  // has waited for them. One warp is enough for that, and the others make room.
  if (p.shares_activations != 0 && blockIdx.x == 0 && blockIdx.y == 0 && blockIdx.z == 0 &&
      warp == 0) {
    ptx::WaitForPreviousKernel();
  }
}

template <SmallBatchTraits kT, SmallBatchConfiguration kC>
__global__ void __launch_bounds__(Threads(kC), kC.blocks_per_sm)
    SmallBatch(const __grid_constant__ SmallBatchParameters p) {
  RunSmallBatch<kT, kC>(p);
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_CUH_
