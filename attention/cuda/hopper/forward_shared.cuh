// Shared memory of the Hopper forward kernel.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_SHARED_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_SHARED_CUH_

#include <cuda/std/type_traits>

#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/packed_tile.cuh"
#include "attention/cuda/hopper/ring.cuh"
#include "attention/cuda/ptx/element.cuh"
#include "attention/cuda/ptx/tma.cuh"

namespace attune::hopper {

// P of each warpgroup.
template <HopperForwardConfiguration kC>
struct ProbabilityTiles {
  alignas(1024) unsigned char of[Consumers(kC)][ProbabilityBytes(kC)];
};

// Tiles are aligned to 1024 bytes: the 128-byte swizzle is a function of address bits 4 to 9.
// Each is stored part by part (64 columns), each part row by row. The base must be aligned to 1024
// bytes.
template <HopperForwardConfiguration kC>
struct ForwardShared {
  static constexpr int kConsumers = Consumers(kC);
  static constexpr int kTileSlots = 2;

  alignas(1024) unsigned char query[kC.q_stages][kConsumers][QueryBytes(kC)];
  alignas(1024) unsigned char key[kC.k_stages][KeyBytes(kC)];
  alignas(1024) unsigned char value[kC.v_stages][ValueBytes(kC)];

  // A warpgroup's queries are its own business: each starts its next tile when it is ready.
  RingBarriers<kC.q_stages> query_ring[kConsumers];
  RingBarriers<kC.k_stages> key_ring;
  RingBarriers<kC.v_stages> value_ring;
  // Dynamic scheduler and packed sequences: tiles on their way to the consumers.
  RingBarriers<kTileSlots> tile_ring;
  cuda::std::conditional_t<kC.packed, PackedTile, Tile> tile[kTileSlots];
  cuda::std::conditional_t<kC.packed, SequenceTable, char> sequences;
  // Every element of row j is j. Of the rows behind block_n nothing is read.
  cuda::std::conditional_t<kC.position_product, uint4[PositionRows(kC)], char> positions;
  cuda::std::conditional_t<ProbabilityBytes(kC) != 0, ProbabilityTiles<kC>, char> probabilities;
};

// By one thread; everybody else behind a block barrier.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void InitBarriers(ForwardShared<kC>& shared) {
  // One lane of each warp releases: the wait before it is the warp's own.
  constexpr int kWarps = Consumers(kC) * 4;
#pragma unroll
  for (int i = 0; i < Consumers(kC); ++i) {
    shared.query_ring[i].Init(kC.store == Store::kBulk ? 1 : 4);
  }
  shared.key_ring.Init(kWarps * kC.cluster);
  shared.value_ring.Init(kWarps * kC.cluster);
  shared.tile_ring.Init(kWarps);
  ptx::BarrierInitFence();
}

// By the whole block, before a block barrier.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void FillPositions(ForwardShared<kC>& shared) {
  if constexpr (kC.position_product) {
    for (int j = threadIdx.x; j < kC.block_n; j += Threads(kC)) {
      const cuda::std::uint32_t pair = ptx::Pack<kC.element>(j, j);
      shared.positions[j] = make_uint4(pair, pair, pair, pair);
    }
    ptx::SharedWriteFence();
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_SHARED_CUH_
