// The producer of the Hopper forward kernel: one thread that keeps the rings of queries, keys and
// values full.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_PRODUCER_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_PRODUCER_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/hopper/scheduler.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/ptx/tma.cuh"

namespace attune::hopper {

// One key (or value) block into the next free slot of its ring.
template <int kDim, int kBlockPartBytes, int kStages, int kBytes>
__device__ __forceinline__ void LoadKeyBlock(const ptx::TensorMap& map, int row, int head,
                                             int batch, unsigned char (&slots)[kStages][kBytes],
                                             RingBarriers<kStages>& ring,
                                             RingPosition<kStages>& position,
                                             cuda::std::uint64_t policy) {
  ring.WaitEmpty(position);
  ptx::Barrier* full = &ring.full[position.stage];
  ptx::BarrierArriveExpect(full, kBytes);
#pragma unroll
  for (int part = 0; part < Parts(kDim); ++part) {
    ptx::TmaLoad(slots[position.stage] + part * kBlockPartBytes, map,
                 {part * kPartColumns, row, head, batch}, full, policy);
  }
  position.Advance();
}

// The queries of every warpgroup, each as soon as its slot is free.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void LoadQueries(const ForwardArguments& arguments,
                                            ForwardShared<kC>& shared, const Tile& tile,
                                            RingPosition<kC.q_stages>& position,
                                            cuda::std::uint64_t policy) {
#pragma unroll
  for (int i = 0; i < Consumers(kC); ++i) {
    RingBarriers<kC.q_stages>& ring = shared.query_ring[i];
    ring.WaitEmpty(position);
    ptx::Barrier* full = &ring.full[position.stage];
    ptx::BarrierArriveExpect(full, Parts(kC.qk_dim) * kPartBytes);
#pragma unroll
    for (int part = 0; part < Parts(kC.qk_dim); ++part) {
      ptx::TmaLoad(
          shared.query[position.stage][i] + part * kPartBytes, arguments.query,
          {part * kPartColumns, tile.first_row + i * kWarpgroupRows, tile.head, tile.batch}, full,
          policy);
    }
  }
  position.Advance();
}

template <HopperForwardConfiguration kC>
__device__ __forceinline__ void Produce(const ForwardArguments& arguments,
                                        ForwardShared<kC>& shared) {
  ptx::TmaPrefetchMap(arguments.query);
  ptx::TmaPrefetchMap(arguments.key);
  ptx::TmaPrefetchMap(arguments.value);
  // Queries are read once, keys and values by every tile of the head.
  const cuda::std::uint64_t once = ptx::MakeL2Policy<ptx::L2Hint::kEvictFirst>();
  const cuda::std::uint64_t again = ptx::MakeL2Policy<ptx::L2Hint::kEvictLast>();

  RingPosition<kC.q_stages> query_position;
  RingPosition<kC.k_stages> key_position;
  RingPosition<kC.v_stages> value_position;
  TileSource<kC> source(arguments, shared);
  while (source.tile() < arguments.tiles) {
    const Tile tile = TileAt<kC>(arguments, source.tile());
    const int kv_head = tile.head / arguments.group;
    const KeyBlocks blocks = KeyBlocksOf<kC>(arguments, tile.first_row, kC.block_m);

    const auto load_key = [&](int block) {
      LoadKeyBlock<kC.qk_dim, KeyPartBytes(kC)>(arguments.key, block * kC.block_n, kv_head,
                                                tile.batch, shared.key, shared.key_ring,
                                                key_position, again);
    };
    const auto load_value = [&](int block) {
      LoadKeyBlock<kC.v_dim, KeyPartBytes(kC)>(arguments.value, block * kC.block_n, kv_head,
                                               tile.batch, shared.value, shared.value_ring,
                                               value_position, again);
    };

    // Keys first: their slots come free before the queries' slot, which holds the previous tile's
    // output for a while.
    const bool any = blocks.begin < blocks.end;
    if (any) load_key(blocks.end - 1);
    LoadQueries<kC>(arguments, shared, tile, query_position, once);
    source.Draw();
    if (any) {
      for (int block = blocks.end - 2; block >= blocks.begin; --block) {
        load_key(block);
        load_value(block + 1);
      }
      load_value(blocks.begin);
    }
    source.Next();
  }
  source.Finish();
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_PRODUCER_CUH_
