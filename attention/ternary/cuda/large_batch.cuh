// y = x W^T for many rows of x, on Hopper (sm_90a): bound by the tensor cores.
//
// A persistent block per multiprocessor: one thread feeds shared memory with activations by TMA,
// warpgroups expand weights in registers, where they are the operand A of wgmma.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CUH_

#include "attention/cuda/hopper/ring.cuh"
#include "attention/cuda/ptx/cluster.cuh"
#include "attention/cuda/ptx/mbarrier.cuh"
#include "attention/cuda/ptx/registers.cuh"
#include "attention/cuda/ptx/tma.cuh"
#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_consumer.cuh"
#include "attention/ternary/cuda/large_batch_parameters.h"
#include "attention/ternary/cuda/large_batch_shared.cuh"

namespace attune::ternary_cuda {

template <LargeBatchTraits kT, LargeBatchConfiguration kC>
__device__ __forceinline__ void FeedActivations(const LargeBatchParameters& p,
                                                LargeBatchShared<kC>& shared) {
  ptx::TmaPrefetchMap(p.activations);
  const cuda::std::uint64_t policy = ptx::MakeL2Policy<ptx::L2Hint::kEvictLast>();
  hopper::RingPosition<kC.stages> position;
  // Each block of a cluster loads its part of every stage into all of them.
  constexpr int kPart = kC.block_batch / kC.cluster;
  constexpr cuda::std::uint16_t kBlocks = (1 << kC.cluster) - 1;
  const int first = kC.cluster == 1 ? 0 : static_cast<int>(ptx::ClusterRank()) * kPart;
  for (int i = blockIdx.x; i < TileCount<kC>(p); i += gridDim.x) {
    const LargeBatchTile tile = TileAt<kC>(p, i);
    for (int stage = 0; stage < StageCount<kT, kC>(p); ++stage) {
      shared.ring.WaitEmpty(position);
      ptx::Barrier* const full = &shared.ring.full[position.stage];
      ptx::BarrierArriveExpect(full, StageBytes(kC));
      unsigned char* const part = shared.activations[position.stage] + first * kStageRowBytes;
      const ptx::Coordinates at = {stage * StageColumns(kT), tile.batch + first, 0, 0};
      if constexpr (kC.cluster == 1) {
        ptx::TmaLoad(part, p.activations, at, full, policy);
      } else {
        ptx::TmaLoadMulticast(part, p.activations, at, full, kBlocks, policy);
      }
      position.Advance();
    }
  }
}

// Through a shuffle the compiler sees that the whole warp agrees.
__device__ __forceinline__ int Warpgroup() {
  return __shfl_sync(0xffffffffu, threadIdx.x / kWarpgroupThreads, 0);
}

// All threads of the block, and of the cluster if it is one.
template <LargeBatchConfiguration kC>
__device__ __forceinline__ void SyncBlocks() {
  if constexpr (kC.cluster > 1) {
    __syncwarp();
    ptx::ClusterSync();
  } else {
    __syncthreads();
  }
}

// Launched with Threads(kC) threads a block, SharedBytes(kC) of dynamic shared memory, in clusters
// of kC.cluster, and no more blocks than there are tiles.
template <LargeBatchTraits kT, LargeBatchConfiguration kC>
__device__ __forceinline__ void RunLargeBatch(const LargeBatchParameters& p) {
  static_assert(IsValid(kT, kC));
  static_assert(sizeof(LargeBatchShared<kC>) == SharedBytes(kC));
  extern __shared__ __align__(1024) unsigned char dynamic_shared[];
  LargeBatchShared<kC>& shared = *reinterpret_cast<LargeBatchShared<kC>*>(dynamic_shared);
  if (threadIdx.x == 0) {
    shared.ring.Init(kC.consumers * 4 * kC.cluster);
    ptx::BarrierInitFence();
  }
  SyncBlocks<kC>();
  constexpr bool kSplit = ConsumerRegisters(kC) > EntryRegisters(kC);
  if (Warpgroup() == 0) {
    if constexpr (kSplit) ptx::ReleaseRegisters<ProducerRegisters(kC)>();
    if (threadIdx.x == 0) FeedActivations<kT, kC>(p, shared);
  } else {
    if constexpr (kSplit) ptx::AcquireRegisters<ConsumerRegisters(kC)>();
    // Asked again: ptxas of CUDA 13.0 spills what is kept while registers are acquired.
    LargeBatchConsumer<kT, kC>(p, shared, Warpgroup() - 1).Run();
  }
  // The others may still arrive at this block's barriers.
  if constexpr (kC.cluster > 1) SyncBlocks<kC>();
}

template <LargeBatchTraits kT, LargeBatchConfiguration kC>
__global__ void __launch_bounds__(Threads(kC), 1)
    LargeBatch(const __grid_constant__ LargeBatchParameters p) {
  RunLargeBatch<kT, kC>(p);
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_CUH_
