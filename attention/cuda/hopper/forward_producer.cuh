// The producer of the Hopper forward kernel: one thread that keeps the rings of queries, keys and
// values full. Of packed sequences its whole warp looks for tiles.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_PRODUCER_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_PRODUCER_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/hopper/scheduler.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"
#include "attention/cuda/ptx/cluster.cuh"
#include "attention/cuda/ptx/tma.cuh"

namespace attune::hopper {

// One key (or value) block into the next free slot of its ring; of a cluster's blocks each loads
// the parts `first_part`, `first_part` + kCluster and so on, for all.
template <int kDim, int kBlockPartBytes, int kCluster, int kStages, int kBytes>
__device__ __forceinline__ void LoadKeyBlock(const ptx::TensorMap& map, int row, int head,
                                             int batch, unsigned char (&slots)[kStages][kBytes],
                                             RingBarriers<kStages>& ring,
                                             RingPosition<kStages>& position,
                                             cuda::std::uint64_t policy, unsigned int first_part) {
  ring.WaitEmpty(position);
  ptx::Barrier* full = &ring.full[position.stage];
  ptx::BarrierArriveExpect(full, kBytes);
#pragma unroll
  for (int part = 0; part < Parts(kDim); ++part) {
    unsigned char* slot = slots[position.stage] + part * kBlockPartBytes;
    const ptx::Coordinates at = {part * kPartColumns, row, head, batch};
    if constexpr (kCluster == 1) {
      ptx::TmaLoad(slot, map, at, full, policy);
    } else {
      constexpr cuda::std::uint16_t kAll = (1 << kCluster) - 1;
      if (part % kCluster == first_part) {
        ptx::TmaLoadMulticast(slot, map, at, full, kAll, policy);
      }
    }
  }
  position.Advance();
}

// 64 rows' queries, of one part: those of position `position` of the tensor and on, of the heads
// from `head` on.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void LoadQueryPart(unsigned char* slot, const ptx::TensorMap& map,
                                              int part, int position, int head, int batch,
                                              ptx::Barrier* full, cuda::std::uint64_t policy) {
  if constexpr (kC.tile_heads == 1) {
    ptx::TmaLoad(slot, map, {part * kPartColumns, position, head, batch}, full, policy);
  } else {
    ptx::TmaLoad5(slot, map, {part * kPartColumns, 0, position, head / kC.tile_heads, batch}, full,
                  policy);
  }
}

// The queries of every warpgroup, each as soon as its slot is free. `first_position` and `batch`
// are the tensor's.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void LoadQueries(const ForwardArguments& arguments,
                                            ForwardShared<kC>& shared, const Tile& tile,
                                            int first_position, int batch,
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
      LoadQueryPart<kC>(shared.query[position.stage][i] + part * kPartBytes, arguments.query, part,
                        first_position + i * (kWarpgroupRows / kC.tile_heads), tile.head, batch,
                        full, policy);
    }
  }
  position.Advance();
}

template <HopperForwardConfiguration kC>
class Producer {
 public:
  __device__ __forceinline__ Producer(const ForwardArguments& arguments, ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared) {}

  // By thread 0; of packed sequences by its whole warp.
  __device__ __forceinline__ void Run() {
    const bool loads = !kC.packed || threadIdx.x == 0;
    if (loads) PrefetchMaps();
    TileSource<kC> source(arguments_, shared_);
    while (source.HasTile()) {
      if (loads) LoadTile(source);
      source.Next();
    }
    source.Finish();
  }

 private:
  __device__ __forceinline__ void PrefetchMaps() {
    ptx::TmaPrefetchMap(arguments_.query);
    ptx::TmaPrefetchMap(arguments_.key);
    ptx::TmaPrefetchMap(arguments_.value);
    if constexpr (!kC.packed) MakePolicies();
  }

  // Queries are read once, keys and values by every tile of the head. Where registers are scarce,
  // anew for each tile.
  __device__ __forceinline__ void MakePolicies() {
    once_ = ptx::MakeL2Policy<ptx::L2Hint::kEvictFirst>();
    again_ = ptx::MakeL2Policy<ptx::L2Hint::kEvictLast>();
  }

  __device__ __forceinline__ void LoadTile(TileSource<kC>& source) {
    if constexpr (kC.packed) MakePolicies();
    const Tile tile = source.tile();
    const Sequence<kC.packed> sequence = source.sequence();
    const int kv_head = tile.head / arguments_.group;
    const int batch = kC.packed ? 0 : tile.batch;
    const KeyBlocks blocks = KeyBlocksOf<kC>(sequence, tile.first_row, kC.block_m);

    const auto load_key = [&](int block) {
      LoadKeyBlock<kC.qk_dim, KeyPartBytes(kC), kC.cluster>(
          arguments_.key, sequence.first_key() + block * kC.block_n, kv_head, batch, shared_.key,
          shared_.key_ring, key_position_, again_, rank_);
    };
    const auto load_value = [&](int block) {
      // The other way round than keys: of heads with one part each block loads one.
      LoadKeyBlock<kC.v_dim, KeyPartBytes(kC), kC.cluster>(
          arguments_.value, sequence.first_key() + block * kC.block_n, kv_head, batch,
          shared_.value, shared_.value_ring, value_position_, again_, kC.cluster - 1 - rank_);
    };

    // Keys first: their slots come free before the queries' slot, which holds the previous tile's
    // output for a while.
    const bool any = blocks.begin < blocks.end;
    if (any) load_key(blocks.end - 1);
    LoadQueries<kC>(arguments_, shared_, tile,
                    sequence.first_query() + PositionOfRow<kC.tile_heads>(tile.first_row), batch,
                    query_position_, once_);
    // When this block is nearly done: drawn at a tile's beginning, longest first put a long tile
    // behind a long one. 56 against 75 us for 256 tiles of 128x128 (causal 4096, 8 heads), +1 to
    // +3 % for a thousand (NVIDIA H200, 2026-11-23). Two loads hide the counter's latency.
    const int draw_at = min(blocks.begin + 1, blocks.end - 2);
    if (draw_at < blocks.begin) source.Draw();
    if (any) {
      for (int block = blocks.end - 2; block >= blocks.begin; --block) {
        if (block == draw_at) source.Draw();
        load_key(block);
        load_value(block + 1);
      }
      load_value(blocks.begin);
    }
  }

  const ForwardArguments& arguments_;
  ForwardShared<kC>& shared_;
  cuda::std::uint64_t once_ = 0;
  cuda::std::uint64_t again_ = 0;
  const unsigned int rank_ = kC.cluster > 1 ? ptx::ClusterRank() : 0;
  RingPosition<kC.q_stages> query_position_;
  RingPosition<kC.k_stages> key_position_;
  RingPosition<kC.v_stages> value_position_;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_PRODUCER_CUH_
