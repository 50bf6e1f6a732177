// Which query rows of which head a block works on, and which key blocks they need.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_TILE_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_TILE_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"

namespace attune::hopper {

struct Tile {
  int first_row;
  int head;  // query head
  int batch;
};

// Tile `index` of the launch, in the configuration's order. Tiles that run together share keys and
// values: those of a head follow each other, or those of a section of heads do, whose keys and
// values fit L2.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ Tile TileAt(const ForwardArguments& arguments, int index) {
  int block;
  int flat_head;
  if constexpr (kC.order == TileOrder::kHeadFirst) {
    flat_head = index / arguments.q_blocks;
    block = index - flat_head * arguments.q_blocks;
  } else {
    const int section_tiles = arguments.heads_per_section * arguments.q_blocks;
    const int section = index / section_tiles;
    const int in_section = index - section * section_tiles;
    const int first_head = section * arguments.heads_per_section;
    const int heads_left = arguments.tiles / arguments.q_blocks - first_head;
    const int heads = min(arguments.heads_per_section, heads_left);
    const int from_end = in_section / heads;
    block = arguments.q_blocks - 1 - from_end;
    flat_head = first_head + in_section - from_end * heads;
  }
  const int batch = flat_head / arguments.q_heads;
  return {block * kC.block_m, flat_head - batch * arguments.q_heads, batch};
}

// Key blocks [begin, end), walked downwards. Those in [whole_begin, whole_end) need no mask;
// whole_begin may exceed whole_end if there are none.
struct KeyBlocks {
  int begin;
  int end;
  int whole_begin;
  int whole_end;
  int end_key;  // keys from here on are not seen
};

// Of the query rows [first, first + rows), rows past the end of the tensor left out; none if that
// leaves no row.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ KeyBlocks KeyBlocksOf(const ForwardArguments& arguments, int first,
                                                 int rows) {
  const int last = min(first + rows, arguments.q_len) - 1;
  int begin = 0, end = arguments.kv_len, whole_begin = 0, whole_end = arguments.kv_len;
  if constexpr (kC.mask != MaskShape::kFull) {
    end = min(end, last + arguments.right + 1);
    whole_end = min(whole_end, first + arguments.right + 1);
  }
  if constexpr (kC.mask == MaskShape::kBand) {
    begin = max(0, first - arguments.left);
    whole_begin = max(0, last - arguments.left);
  }
  if (last < first) end = 0;
  end = max(end, 0);
  const int end_key = end;
  begin /= kC.block_n;
  return {begin, max(begin, (end + kC.block_n - 1) / kC.block_n),
          (whole_begin + kC.block_n - 1) / kC.block_n, max(whole_end, 0) / kC.block_n, end_key};
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_TILE_CUH_
