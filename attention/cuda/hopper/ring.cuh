// A ring of shared-memory slots between one producer and the consumers: who may touch which slot
// when.
//
// Every slot has two barriers, full and empty. Both sides walk the slots in the same order and keep
// the position in registers.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_RING_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_RING_CUH_

#include "attention/cuda/ptx/mbarrier.cuh"

namespace attune::hopper {

// Position of one walker. The phase flips at each pass.
template <int kStages>
struct RingPosition {
  int stage = 0;
  unsigned int phase = 0;

  __device__ __forceinline__ void Advance() {
    if constexpr (kStages == 1) {
      phase ^= 1;
    } else {
      ++stage;
      if (stage == kStages) {
        stage = 0;
        phase ^= 1;
      }
    }
  }
};

template <int kStages>
struct RingBarriers {
  ptx::Barrier full[kStages];
  ptx::Barrier empty[kStages];

  // `releases`: arrivals that free a slot.
  __device__ __forceinline__ void Init(int releases) {
#pragma unroll
    for (int i = 0; i < kStages; ++i) {
      ptx::BarrierInit(&full[i], 1);
      ptx::BarrierInit(&empty[i], releases);
    }
  }
  __device__ __forceinline__ void WaitFull(RingPosition<kStages> at) {
    ptx::BarrierWaitParity(&full[at.stage], at.phase);
  }
  __device__ __forceinline__ void WaitEmpty(RingPosition<kStages> at) {
    ptx::BarrierWaitParity(&empty[at.stage], at.phase ^ 1);
  }
  __device__ __forceinline__ void Release(RingPosition<kStages> at) {
    ptx::BarrierArrive(&empty[at.stage]);
  }
  // By a warp, once, in every block of the cluster: each of them writes to this slot.
  template <int kCluster>
  __device__ __forceinline__ void ReleaseInWarp(RingPosition<kStages> at) {
    const unsigned int lane = threadIdx.x % 32;
    if constexpr (kCluster == 1) {
      if (lane == 0) Release(at);
    } else {
      if (lane < kCluster) ptx::ClusterBarrierArrive(&empty[at.stage], lane);
    }
  }
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_RING_CUH_
