// What one launch of the Hopper forward kernel is given. The host fills it in.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_ARGUMENTS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_ARGUMENTS_CUH_

#include "attention/cuda/functors/max_buffers.h"
#include "attention/cuda/hopper/soft_cap_series.h"
#include "attention/cuda/ptx/tensor_map.h"

namespace attune::hopper {

// Counts of the dynamic scheduler. Zero before the first launch; each launch leaves them zero.
struct TileCounters {
  unsigned int next;      // tiles handed out beyond each block's first
  unsigned int finished;  // blocks that found none left
};

struct ForwardArguments {
  // Dimensions, innermost first: head dim, length, head, batch. Boxes: 64 columns by 64 rows
  // (query, out) or by block_n rows (key, value), 128-byte swizzle. Of packed sequences the length
  // is all of the tensor's rows and the batch 1. Where tiles have several heads, query and out:
  // head dim, the tile's heads, length, such groups of heads, batch, in boxes of 64 columns by all
  // of the tile's heads by as many positions as make 64 rows.
  ptx::TensorMap query;
  ptx::TensorMap key;
  ptx::TensorMap value;
  ptx::TensorMap out;  // for Store::kBulk
  // For Store::kRegisters: base, 16-byte aligned, and strides in elements, multiples of eight.
  void* out_base;
  long long out_row_stride;
  long long out_head_stride;
  long long out_batch_stride;  // not used where sequences are packed
  // [batch, q_heads, q_len], natural; not written if null. Packed: [q_heads, all query rows].
  float* log_sum_exp;
  TileCounters* counters;

  int q_len;  // not used where sequences are packed, nor kv_len
  int kv_len;
  int q_heads;
  int group;  // query heads per key-value head
  // Query i sees keys i - left to i + right, both relative to the diagonal: alignment is folded in.
  // Of packed sequences each folds in its own. Used as far as the configuration's mask has the
  // bound.
  int left;
  int right;
  // Softmax scale times log2(e), positive unless a score modifier takes the scale.
  float scale_log2;

  // Of tiles with tile_heads heads each, rows are positions times those, and heads groups of those.
  int q_blocks;           // ceil(rows / block_m); not used where sequences are packed
  int tiles;              // q_blocks * heads * batch; not used where sequences are packed
  int heads_per_section;  // heads walked together, so that their keys and values stay in L2

  // For packed sequences: sequence b has the rows [cumulative[b], cumulative[b + 1]) of tensors
  // without a batch dimension.
  const int* cumulative_query_lengths;
  const int* cumulative_key_lengths;
  long long log_sum_exp_head_stride;
  int batch;
  // Whether each sequence's diagonal ends at its last key rather than starts at its first.
  int bottom_right;

  // For score modifiers and predicates (attention/cuda/functors).
  int offset;                     // key index minus query index on the diagonal; packed: not used
  float scale;                    // softmax scale
  float soft_cap;                 // read by SoftCap and ModestSoftCap
  SoftCapSeries soft_cap_series;  // read by ModestSoftCap
  const float* alibi_slopes;      // [q_heads], read by Alibi
  const void* buffers[functors::kMaxBuffers];
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_ARGUMENTS_CUH_
