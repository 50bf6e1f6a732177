// The kernel of the Hopper forward family. Included by run-time compiled code alone: nvcc 13.0
// generates host code that does not compile for kernels with structural template arguments.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_KERNEL_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_KERNEL_CUH_

#include "attention/cuda/hopper/forward.cuh"

namespace attune::hopper {

// Launched with Threads(kC) threads a block, SharedBytes(kC) of dynamic shared memory, and no more
// blocks than there are tiles, unless sequences are packed: then blocks beyond them end at once.
// Modifier is of functors/score_modifier.cuh, Predicate of functors/predicate.cuh.
template <HopperForwardConfiguration kC, typename Modifier, typename Predicate>
__global__ void __launch_bounds__(Threads(kC), kC.blocks_per_sm)
    HopperForwardKernel(const __grid_constant__ ForwardArguments arguments) {
  static_assert(sizeof(ForwardShared<kC>) == SharedBytes(kC));
  HopperForward<kC, Modifier, Predicate>(arguments);
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_KERNEL_CUH_
