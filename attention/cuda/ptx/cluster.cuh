// Blocks of a cluster: pairs (or more) of blocks of one launch that run at the same time, close
// enough to reach each other's shared memory. The launch says how many (LaunchShape::cluster).
#ifndef ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/mbarrier.cuh"

namespace attune::ptx {

// This block's number in its cluster.
__device__ __forceinline__ unsigned int ClusterRank() {
  unsigned int rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// All threads of the cluster's blocks but those that have returned. Shared memory written before is
// seen after.
__device__ __forceinline__ void ClusterSync() {
  asm volatile("barrier.cluster.arrive.release;\nbarrier.cluster.wait.acquire;" ::: "memory");
}

// One arrival at the barrier in block `rank` of the cluster that stands where `barrier` does in
// this one's shared memory. Orders reads of shared memory by tensor cores, which are waited for,
// before; not ordinary writes: with .release.cluster each arrival waited for a fence of the whole
// chip's memory (H200, 2026-11-22: a third of the kernel's time).
__device__ __forceinline__ void ClusterBarrierArrive(Barrier* barrier, unsigned int rank) {
  asm volatile(
      "{\n.reg .b32 remote;\n"
      "mapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.shared::cluster.b64 _, [remote];\n}" ::"r"(SharedAddress(barrier)),
      "r"(rank)
      : "memory");
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_
