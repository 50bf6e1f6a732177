// Attention forward for Hopper (sm_90a): out = softmax(score(scale Q K^T)) V under a mask, 16-bit
// elements, fp32 arithmetic.
//
// A persistent block per SM: one producer thread feeds shared memory by TMA, one to three consumer
// warpgroups of 64 query rows each compute with wgmma (Shah et al., FlashAttention-3, 2024, is the
// published design closest to it).
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CUH_

#include "attention/cuda/functors/predicate.cuh"
#include "attention/cuda/functors/score_modifier.cuh"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/forward_consumer.cuh"
#include "attention/cuda/hopper/forward_producer.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/ptx/cluster.cuh"
#include "attention/cuda/ptx/registers.cuh"

namespace attune::hopper {

// The body of a kernel
//   extern "C" __global__ void __launch_bounds__(Threads(kC), kC.blocks_per_sm)
//       name(const __grid_constant__ ForwardArguments arguments) { HopperForward<kC>(arguments); }
// launched with Threads(kC) threads, sizeof(ForwardShared<kC>) bytes of dynamic shared memory, and
// no more blocks than fit the device at once (for speed only) nor than there are tiles. Not itself
// a kernel: nvcc 13.0 generates host code that does not compile for kernels with structural
// template arguments, and a plain name is easier to look up. Modifier is of
// functors/score_modifier.cuh, Predicate of functors/predicate.cuh; the mask's band is the
// configuration's.
template <HopperForwardConfiguration kC, typename Modifier = functors::Identity,
          typename Predicate = functors::Everything>
__device__ __forceinline__ void HopperForward(const ForwardArguments& arguments) {
  static_assert(IsValid(kC));
  extern __shared__ __align__(1024) unsigned char dynamic_shared[];
  ForwardShared<kC>& shared = *reinterpret_cast<ForwardShared<kC>*>(dynamic_shared);
  if (threadIdx.x == 0) InitBarriers(shared);
  FillPositions(shared);
  if constexpr (kC.cluster == 1) {
    __syncthreads();
  } else {
    ptx::ClusterSync();
  }

  constexpr bool kSplit = ConsumerRegisters(kC) > EntryRegisters(kC);
  // Through a shuffle the compiler sees that the whole warp agrees.
  const int warpgroup = __shfl_sync(0xffffffffu, threadIdx.x / kWarpgroupThreads, 0);
  if (warpgroup == 0) {
    if constexpr (kSplit) ptx::ReleaseRegisters<ProducerRegisters(kC)>();
    if (threadIdx.x < (kC.packed ? 32 : 1)) Producer<kC>(arguments, shared).Run();
  } else {
    if constexpr (kSplit) ptx::AcquireRegisters<ConsumerRegisters(kC)>();
    Consumer<kC, Modifier, Predicate>(arguments, shared, warpgroup - 1).Run();
  }
  // The others may still have copies and releases under way to this block's shared memory.
  if constexpr (kC.cluster > 1) ptx::ClusterSync();
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CUH_
