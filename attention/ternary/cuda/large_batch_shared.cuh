// Shared memory of a block of the large-batch kernel, and the tiles that the blocks take in turn.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_SHARED_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_SHARED_CUH_

#include "attention/cuda/hopper/ring.cuh"
#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_parameters.h"

namespace attune::ternary_cuda {

template <LargeBatchConfiguration kC>
struct LargeBatchShared {
  unsigned char activations[kC.stages][StageBytes(kC)];
  float output[kC.consumers * 4][OutputFloats(kC)];
  hopper::RingBarriers<kC.stages> ring;
};

// Where a tile begins.
struct LargeBatchTile {
  int row_chunk;
  int batch;
};

template <LargeBatchConfiguration kC>
__device__ __forceinline__ int TileCount(const LargeBatchParameters& p) {
  return p.row_blocks * p.batch_blocks;
}

// Rows first: blocks that run at once share activations, the larger operand; those of a cluster
// have the same.
template <LargeBatchConfiguration kC>
__device__ __forceinline__ LargeBatchTile TileAt(const LargeBatchParameters& p, int index) {
  return {index % p.row_blocks * (BlockRows(kC) / kChunkRows),
          index / p.row_blocks * kC.block_batch};
}

// With groups whole turns of the loop over stages: beyond the matrix are zeros.
template <LargeBatchTraits kT, LargeBatchConfiguration kC>
__device__ __forceinline__ int StageCount(const LargeBatchParameters& p) {
  constexpr int kChunks = StageChunks(kT) * (kT.group == 0 ? 1 : TurnStages(kT, kC));
  return (p.column_chunks + kChunks - 1) / kChunks * (kChunks / StageChunks(kT));
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_SHARED_CUH_
