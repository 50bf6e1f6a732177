// Which query rows of which sequence and head a block works on.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_TILE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_TILE_CUH_

#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/forward_parameters.h"

namespace attune::portable {

struct Tile {
  int first_row;
  int head;  // query head
  int batch;
};

// Tiles that run together should share keys and values: those of a head follow each other, or, with
// longest_first, those of a section of heads whose keys and values fit L2. Under a causal mask the
// last query blocks have the most keys; starting with them leaves short ones to fill the end.
template <PortableForwardConfiguration kC>
__device__ __forceinline__ Tile TileAt(const PortableForwardParameters& p, int index) {
  int block;
  int flat_head;
  if constexpr (kC.longest_first != 0) {
    const int section_tiles = p.heads_per_section * p.q_blocks;
    const int section = index / section_tiles;
    const int in_section = index - section * section_tiles;
    const int first_head = section * p.heads_per_section;
    const int heads = min(p.heads_per_section, p.heads - first_head);
    const int from_end = in_section / heads;
    block = p.q_blocks - 1 - from_end;
    flat_head = first_head + in_section - from_end * heads;
  } else {
    flat_head = index / p.q_blocks;
    block = index - flat_head * p.q_blocks;
  }
  const int batch = flat_head / p.q_heads;
  return {block * kC.block_m, flat_head - batch * p.q_heads, batch};
}

// One sequence of the batch, for one head: lengths, and where its rows begin.
struct Sequence {
  int q_len;
  int kv_len;
  int offset;  // key index minus query index on the diagonal
  long long query;
  long long key;
  long long value;
  long long out;
  long long log_sum_exp;
};

__device__ __forceinline__ Sequence SequenceOf(const PortableForwardParameters& p,
                                               const Tile& tile) {
  Sequence s;
  const int kv_head = tile.head / p.group;
  s.query = tile.head * p.query_strides.head;
  s.key = kv_head * p.key_strides.head;
  s.value = kv_head * p.value_strides.head;
  s.out = tile.head * p.out_strides.head;
  s.log_sum_exp = tile.head * p.log_sum_exp_head_stride;
  if (p.cumulative_query_lengths != nullptr) {
    const int begin = p.cumulative_query_lengths[tile.batch];
    s.q_len = p.cumulative_query_lengths[tile.batch + 1] - begin;
    s.query += begin * p.query_strides.length;
    s.out += begin * p.out_strides.length;
    s.log_sum_exp += begin;
  } else {
    s.q_len = p.q_len;
    s.query += tile.batch * p.query_strides.batch;
    s.out += tile.batch * p.out_strides.batch;
    s.log_sum_exp += tile.batch * p.log_sum_exp_batch_stride;
  }
  if (p.cumulative_key_lengths != nullptr) {
    const int begin = p.cumulative_key_lengths[tile.batch];
    s.kv_len = p.cumulative_key_lengths[tile.batch + 1] - begin;
    s.key += begin * p.key_strides.length;
    s.value += begin * p.value_strides.length;
  } else {
    s.kv_len = p.kv_len;
    s.key += tile.batch * p.key_strides.batch;
    s.value += tile.batch * p.value_strides.batch;
  }
  s.offset = p.bottom_right != 0 ? s.kv_len - s.q_len : 0;
  return s;
}

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_TILE_CUH_
