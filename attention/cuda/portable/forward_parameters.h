// What one launch of the portable forward kernel is given: a plain struct, passed by value. Host
// and device code both include this.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_PARAMETERS_H_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_PARAMETERS_H_

#include "attention/cuda/functors/max_buffers.h"

namespace attune::portable {

// In elements; the head dim is contiguous. Where sequences are packed, `batch` is not used.
struct TensorStrides {
  long long batch;
  long long head;
  long long length;
};

struct PortableForwardParameters {
  const void* query;
  const void* key;
  const void* value;
  void* out;
  TensorStrides query_strides;
  TensorStrides key_strides;
  TensorStrides value_strides;
  TensorStrides out_strides;

  // Natural; not written if null. Length is contiguous. Packed sequences use the head's stride
  // alone: shape [q_heads, all query rows].
  float* log_sum_exp;
  long long log_sum_exp_batch_stride;
  long long log_sum_exp_head_stride;

  // Packed sequences: sequence b has the rows [cumulative[b], cumulative[b + 1]) of tensors without
  // a batch dimension. Null: q_len and kv_len rows in every batch.
  const int* cumulative_query_lengths;
  const int* cumulative_key_lengths;
  int q_len;   // where sequences are packed, the longest's
  int kv_len;  // not used where keys are packed

  int q_heads;
  int group;     // query heads per key-value head
  int q_blocks;  // ceil(q_len / block_m)
  int heads;     // batch * q_heads; the grid is q_blocks * heads
  // Heads walked side by side by longest_first, so that their keys and values stay in L2.
  int heads_per_section;

  // Query i sees key j if i + offset - left <= j <= i + offset + right; offset is the sequence's
  // kv_len - q_len if bottom_right, else 0. Magnitudes up to kUnbounded, which never binds.
  int left;
  int right;
  int bottom_right;

  float scale;                                 // softmax scale
  float scale_log2;                            // softmax scale times log2(e)
  float soft_cap;                              // read by SoftCap
  const float* alibi_slopes;                   // [q_heads], read by Alibi
  const void* buffers[functors::kMaxBuffers];  // what the user's functors read by name
};

// Beyond every length, and far enough from overflow to be added to one.
inline constexpr int kUnbounded = 1 << 22;

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_PARAMETERS_H_
