// Which query rows of which head a block works on, and which key blocks they need.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_TILE_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_TILE_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/packed_tile.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"

namespace attune::hopper {

struct BlockAndHead {
  int block;
  int head;
};

// Place `index` among q_blocks blocks of each of all_heads() heads, or groups of tile_heads heads,
// in the configuration's order. Tiles that run together share keys and values: those of a head
// follow each other, or those of a section of heads do, whose keys and values fit L2.
template <HopperForwardConfiguration kC, typename Count>
__device__ __forceinline__ BlockAndHead BlockAndHeadAt(int index, int heads_per_section,
                                                       int q_blocks, Count all_heads) {
  if constexpr (kC.order == TileOrder::kHeadFirst) {
    const int head = index / q_blocks;
    return {index - head * q_blocks, head};
  } else {
    const int section_tiles = heads_per_section * q_blocks;
    const int section = index / section_tiles;
    const int in_section = index - section * section_tiles;
    const int first_head = section * heads_per_section;
    const int heads_left = all_heads() - first_head;
    const int heads = min(heads_per_section, heads_left);
    const int from_end = in_section / heads;
    return {q_blocks - 1 - from_end, first_head + in_section - from_end * heads};
  }
}

// How far the first tile reaches out of the sequence, in whole warpgroups.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ int RowsBeforeFirst(const ForwardArguments& arguments) {
  const int missing = arguments.q_blocks * kC.block_m - arguments.q_len;
  return missing / kWarpgroupRows * kWarpgroupRows;
}

// Tile `index` of a launch whose sequences are all as long as each other.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ Tile TileAt(const ForwardArguments& arguments, int index) {
  const BlockAndHead at = BlockAndHeadAt<kC>(index, arguments.heads_per_section, arguments.q_blocks,
                                             [&] { return arguments.tiles / arguments.q_blocks; });
  const int head = at.head * kC.tile_heads;
  const int batch = head / arguments.q_heads;
  int first_row = at.block * kC.block_m;
  if constexpr (PartialFirst(kC)) first_row -= RowsBeforeFirst<kC>(arguments);
  return {first_row, head - batch * arguments.q_heads, batch};
}

// Key blocks [begin, end), walked downwards. Those in [whole_begin, whole_end) need no mask;
// whole_begin may exceed whole_end if there are none.
struct KeyBlocks {
  int begin;
  int end;
  int whole_begin;
  int whole_end;
  int begin_key;  // keys before are not seen
  int end_key;    // nor keys from here on
};

// Of the sequence's rows [first_row, first_row + rows), both multiples of 64, rows past the end of
// the sequence left out; none if that leaves no row. With PartialFirst a warpgroup's rows, or a
// tile's first warpgroups', may be negative.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ KeyBlocks KeyBlocksOf(const Sequence<kC.packed>& sequence, int first_row,
                                                 int rows) {
  const int first = PositionOfRow<kC.tile_heads>(first_row);
  const int last = min(first + rows / kC.tile_heads, sequence.q_len()) - 1;
  int begin = 0, end = sequence.kv_len(), whole_begin = 0, whole_end = sequence.kv_len();
  if constexpr (kC.mask != MaskShape::kFull) {
    end = min(end, last + sequence.right() + 1);
    whole_end = min(whole_end, first + sequence.right() + 1);
  }
  if constexpr (kC.mask == MaskShape::kBand) {
    begin = max(0, first - sequence.left());
    whole_begin = max(0, last - sequence.left());
  }
  // Blocks of a cluster load for each other: one without rows does its part.
  const bool loads_for_others = kC.cluster > 1 && rows == kC.block_m;
  if (last < first && !loads_for_others) end = 0;
  if constexpr (PartialFirst(kC)) {
    if (last < 0) end = 0;
  }
  end = max(end, 0);
  const int begin_key = begin;
  const int end_key = end;
  begin /= kC.block_n;
  return {begin,
          max(begin, (end + kC.block_n - 1) / kC.block_n),
          (whole_begin + kC.block_n - 1) / kC.block_n,
          max(whole_end, 0) / kC.block_n,
          begin_key,
          end_key};
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_TILE_CUH_
