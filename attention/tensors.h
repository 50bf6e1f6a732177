// Where a problem's tensors lie. Addresses are of the memory of the device that runs the plan.
#ifndef ATTUNE_ATTENTION_TENSORS_H_
#define ATTUNE_ATTENTION_TENSORS_H_

#include <array>
#include <cstdint>

namespace attune {

// Shapes, by the problem's names: query and d_query [batch, q_heads, q_len, qk_dim]; key and d_key
// [batch, kv_heads, kv_len, qk_dim]; value and d_value [batch, kv_heads, kv_len, v_dim]; out and
// d_out [batch, q_heads, q_len, v_dim]; all of the problem's dtype and strides. log_sum_exp [batch,
// q_heads, q_len] and alibi_slopes [q_heads] are fp32 and contiguous. Addresses are multiples of
// the elements' size; on GPUs those of query, key, value and out may have to be multiples of 16, as
// every allocation is: a run says so (InvalidArgument).
//
// Where sequences are packed there is no batch: query [q_heads, total_q_len, qk_dim], log_sum_exp
// [q_heads, total_q_len], and so on. Sequence b has the query rows [cumulative_query_lengths[b],
// cumulative_query_lengths[b + 1]), and its keys likewise; lengths may be 0. Both arrays are
// [batch + 1], begin with 0 and never fall; no step is longer than the problem's q_len or kv_len,
// and the last element is at most the total. They lie in the device's memory, so that a captured
// run follows what they hold when it is replayed: on a GPU nobody checks them, and a step that is
// too long leaves rows out.
struct ForwardTensors {
  const void* query = nullptr;
  const void* key = nullptr;
  const void* value = nullptr;
  const float* alibi_slopes = nullptr;                // read if the problem has alibi
  const int32_t* cumulative_query_lengths = nullptr;  // read if the problem is packed
  const int32_t* cumulative_key_lengths = nullptr;
  // Of the problem's buffers, in their order. What expressions index has to be there.
  std::array<const void*, 8> buffers = {};

  void* out = nullptr;
  float* log_sum_exp = nullptr;  // not written if null
};

struct BackwardTensors {
  const void* query = nullptr;
  const void* key = nullptr;
  const void* value = nullptr;
  const float* alibi_slopes = nullptr;
  const int32_t* cumulative_query_lengths = nullptr;
  const int32_t* cumulative_key_lengths = nullptr;
  const void* out = nullptr;
  const float* log_sum_exp = nullptr;
  const void* d_out = nullptr;

  void* d_query = nullptr;
  void* d_key = nullptr;
  void* d_value = nullptr;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TENSORS_H_
