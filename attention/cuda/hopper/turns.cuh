// Warpgroups taking turns at something, round robin, by named barriers (the ping-pong of
// FlashAttention-3).
//
// Every warpgroup must take the same number of turns.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_TURNS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_TURNS_CUH_

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/ptx/named_barrier.cuh"

namespace attune::hopper {

// Named barriers of the kernel: one per consumer each.
inline constexpr int kTurnBarrier = 1;
inline constexpr int kOutputBarrier = 4;

// Does nothing unless the configuration's turns are at kWhat.
template <HopperForwardConfiguration kC, Turns kWhat>
struct TakeTurns {
  static constexpr bool kActive = kC.turns == kWhat;
  static constexpr int kThreads = 2 * kWarpgroupThreads;

  // Once, before the first turn: the first consumer need not wait for anybody.
  static __device__ __forceinline__ void Start(int consumer) {
    if constexpr (kActive) {
      if (consumer == Consumers(kC) - 1) ptx::NamedBarrierArrive(kTurnBarrier, kThreads);
    }
  }
  static __device__ __forceinline__ void Wait(int consumer) {
    if constexpr (kActive) ptx::NamedBarrierSync(kTurnBarrier + consumer, kThreads);
  }
  static __device__ __forceinline__ void Pass(int consumer) {
    if constexpr (kActive) {
      const int next = consumer == Consumers(kC) - 1 ? 0 : consumer + 1;
      ptx::NamedBarrierArrive(kTurnBarrier + next, kThreads);
    }
  }
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_TURNS_CUH_
