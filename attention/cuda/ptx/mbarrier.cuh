// Shared-memory barriers that asynchronous copies complete (mbarrier), as the rings of this project
// use them.
//
// A barrier has a phase bit that flips whenever its expected arrivals, and the bytes announced to
// it, have come in. WaitParity(b, p) returns once the phase of parity p has completed; on a fresh
// barrier waiting for parity 1 returns at once, which is how a producer finds every slot of a new
// ring free.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_MBARRIER_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_MBARRIER_CUH_

#include <cuda/ptx>
#include <cuda/std/cstdint>

// -DATTUNE_MBARRIER_SPIN_LIMIT=n turns a hang into a message and a trap after n polls. A hang
// otherwise tells nothing; for debugging only: the counter costs registers in every wait.
#ifdef ATTUNE_MBARRIER_SPIN_LIMIT
#include <stdio.h>
#endif

namespace attune::ptx {

using Barrier = cuda::std::uint64_t;

__device__ __forceinline__ cuda::std::uint32_t SharedAddress(const void* pointer) {
  return static_cast<cuda::std::uint32_t>(__cvta_generic_to_shared(pointer));
}

__device__ __forceinline__ void BarrierInit(Barrier* barrier, int arrivals) {
  cuda::ptx::mbarrier_init(barrier, arrivals);
}

// Makes initialised barriers visible to the copy engine; a block barrier must still follow for
// other threads.
__device__ __forceinline__ void BarrierInitFence() {
  cuda::ptx::fence_mbarrier_init(cuda::ptx::sem_release, cuda::ptx::scope_cluster);
}

__device__ __forceinline__ void BarrierArrive(Barrier* barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(SharedAddress(barrier)) : "memory");
}

// One arrival that also announces `bytes` which copies will bring.
__device__ __forceinline__ void BarrierArriveExpect(Barrier* barrier, int bytes) {
  asm volatile(
      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(SharedAddress(barrier)),
      "r"(bytes)
      : "memory");
}

__device__ __forceinline__ void BarrierWaitParity(Barrier* barrier, cuda::std::uint32_t parity) {
#ifdef ATTUNE_MBARRIER_SPIN_LIMIT
  for (long long polls = 0; !cuda::ptx::mbarrier_try_wait_parity(barrier, parity); ++polls) {
    if (polls > ATTUNE_MBARRIER_SPIN_LIMIT) {
      printf("hang: block %d thread %d barrier at shared %u parity %u\n", blockIdx.x, threadIdx.x,
             SharedAddress(barrier), parity);
      __trap();
    }
  }
#else
  while (!cuda::ptx::mbarrier_try_wait_parity(barrier, parity)) {
  }
#endif
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

#endif  // ATTUNE_ATTENTION_CUDA_PTX_MBARRIER_CUH_
