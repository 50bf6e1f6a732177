// Thread-block clusters (sm_90 and later): barriers among their blocks, and reads of each other's
// shared memory.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_

#include <cuda/std/cstdint>

namespace attune::ptx {

// All threads of the cluster arrive, then wait; what was written before is seen after.
__device__ __forceinline__ void ClusterArrive() {
  asm volatile("barrier.cluster.arrive.release;" ::: "memory");
}
__device__ __forceinline__ void ClusterWait() {
  asm volatile("barrier.cluster.wait.acquire;" ::: "memory");
}

// The float at `shared`, a shared address of this block, in block `rank` of the cluster. That block
// must not have ended.
__device__ __forceinline__ float ReadOfBlock(cuda::std::uint32_t shared, cuda::std::uint32_t rank) {
  cuda::std::uint32_t remote;
  asm volatile("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(remote) : "r"(shared), "r"(rank));
  float value;
  asm volatile("ld.shared::cluster.f32 %0, [%1];" : "=f"(value) : "r"(remote) : "memory");
  return value;
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_CLUSTER_CUH_
