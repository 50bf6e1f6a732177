// What one launch of the Hopper forward kernel is given. The host fills it in.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_ARGUMENTS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_ARGUMENTS_CUH_

#include "attention/cuda/ptx/tensor_map.h"

namespace attune::hopper {

// Counts of the dynamic scheduler. Zero before the first launch; each launch leaves them zero.
struct TileCounters {
  unsigned int next;      // tiles handed out beyond each block's first
  unsigned int finished;  // blocks that found none left
};

struct ForwardArguments {
  // Dimensions, innermost first: head dim, length, head, batch. Boxes: 64 columns by 64 rows
  // (query, out) or by block_n rows (key, value), 128-byte swizzle.
  ptx::TensorMap query;
  ptx::TensorMap key;
  ptx::TensorMap value;
  ptx::TensorMap out;  // for Store::kBulk
  // For Store::kRegisters: base, 16-byte aligned, and strides in elements, multiples of eight.
  void* out_base;
  long long out_row_stride;
  long long out_head_stride;
  long long out_batch_stride;
  float* log_sum_exp;  // [batch, q_heads, q_len], natural; not written if null
  TileCounters* counters;

  int q_len;
  int kv_len;
  int q_heads;
  int group;  // query heads per key-value head
  // Query i sees keys i - left to i + right, both relative to the diagonal: alignment is folded in.
  // Used as far as the configuration's mask has the bound.
  int left;
  int right;
  float scale_log2;  // softmax scale times log2(e), positive

  int q_blocks;           // ceil(q_len / block_m)
  int tiles;              // q_blocks * q_heads * batch
  int heads_per_section;  // heads walked together, so that their keys and values stay in L2
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_ARGUMENTS_CUH_
