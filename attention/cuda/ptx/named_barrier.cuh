// Barriers among a subset of a block's threads (bar.sync and bar.arrive with an id).
//
// Id 0 is __syncthreads; a block has ids 1 to 15 to give away. `threads` counts everybody who syncs
// or arrives, in whole warps.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_NAMED_BARRIER_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_NAMED_BARRIER_CUH_

namespace attune::ptx {

__device__ __forceinline__ void NamedBarrierSync(int id, int threads) {
  asm volatile("bar.sync %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

__device__ __forceinline__ void NamedBarrierArrive(int id, int threads) {
  asm volatile("bar.arrive %0, %1;" ::"r"(id), "r"(threads) : "memory");
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_NAMED_BARRIER_CUH_
