// Where a problem's tensors lie. Addresses are of the memory of the device that runs the plan.
#ifndef ATTUNE_ATTENTION_TENSORS_H_
#define ATTUNE_ATTENTION_TENSORS_H_

namespace attune {

// Shapes, by the problem's names: query and d_query [batch, q_heads, q_len, qk_dim]; key and d_key
// [batch, kv_heads, kv_len, qk_dim]; value and d_value [batch, kv_heads, kv_len, v_dim]; out and
// d_out [batch, q_heads, q_len, v_dim]; all of the problem's dtype and strides. log_sum_exp [batch,
// q_heads, q_len] and alibi_slopes [q_heads] are fp32 and contiguous.
struct ForwardTensors {
  const void* query = nullptr;
  const void* key = nullptr;
  const void* value = nullptr;
  const float* alibi_slopes = nullptr;  // read if the problem has alibi

  void* out = nullptr;
  float* log_sum_exp = nullptr;  // not written if null
};

struct BackwardTensors {
  const void* query = nullptr;
  const void* key = nullptr;
  const void* value = nullptr;
  const float* alibi_slopes = nullptr;
  const void* out = nullptr;
  const float* log_sum_exp = nullptr;
  const void* d_out = nullptr;

  void* d_query = nullptr;
  void* d_key = nullptr;
  void* d_value = nullptr;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TENSORS_H_
