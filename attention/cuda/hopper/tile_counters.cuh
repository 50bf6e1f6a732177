// The dynamic scheduler's global counter.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_TILE_COUNTERS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_TILE_COUNTERS_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"

namespace attune::hopper {

// The next tile's index, by one thread of a block.
__device__ __forceinline__ int DrawTile(TileCounters& counters) {
  return gridDim.x + atomicAdd(&counters.next, 1u);
}

// By one thread of each block, once it has drawn an index past the last tile. atomicInc wraps to
// zero at its second argument; every block has drawn its last by the time the last one is here.
__device__ __forceinline__ void FinishCounting(TileCounters& counters) {
  if (atomicInc(&counters.finished, gridDim.x - 1) == gridDim.x - 1) {
    atomicExch(&counters.next, 0u);
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_TILE_COUNTERS_CUH_
