// Blocks of a cluster (sm_90 and later): blocks of one launch that run at the same time, close
// enough to reach each other's shared memory. The launch says how many (LaunchShape::cluster).
#ifndef ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_

#include <cuda/std/cstdint>

namespace attune::ptx {

// This block's number in its cluster.
__device__ __forceinline__ unsigned int ClusterRank() {
  unsigned int rank;
  asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

// All threads of the cluster's blocks but those that have returned arrive, then wait. Shared memory
// written before is seen after.
__device__ __forceinline__ void ClusterArrive() {
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
}
__device__ __forceinline__ void ClusterWait() {
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
}
__device__ __forceinline__ void ClusterSync() {
  ClusterArrive();
  ClusterWait();
}

// The four floats at `shared`, a shared address of this block and a multiple of 16, in block `rank`
// of the cluster. That block must not have ended.
__device__ __forceinline__ float4 ReadFourOfBlock(cuda::std::uint32_t shared,
                                                  cuda::std::uint32_t rank) {
  cuda::std::uint32_t remote;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(shared), "r"(rank));
  float4 value;
  asm volatile("ld.shared::cluster.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(value.x), "=f"(value.y), "=f"(value.z), "=f"(value.w)
               : "r"(remote)
               : "memory");
  return value;
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_
