// Prototype host side of the Hopper forward kernel: variants compiled ahead, launched through a C
// interface.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_LAUNCHER_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_LAUNCHER_H_

#include "attention/cuda/hopper/forward.cuh"

namespace attune::hopper {

enum class ModifierKind { kIdentity, kScaled, kSoftCap, kAlibi, kSoftCapAlibi, kUser };

struct Variant {
  const char* name;
  HopperForwardConfiguration configuration;
  const void* kernel;
  int shared_bytes;
  int section_mib = 32;  // keys and values of the heads walked together
  ModifierKind modifier = ModifierKind::kIdentity;
  bool user_mask = false;  // functors/prototype/user_example.cuh
};

bool Register(const Variant& variant);

}  // namespace attune::hopper

extern "C" {

// bf16 or fp16 tensors [batch, length, head, dim], contiguous; log_sum_exp [batch, head, length].
// Query i sees keys i - left to i + right. Packed: [total rows, head, dim], or, with
// heads_outermost, [head, total rows, dim]; log_sum_exp [head, total rows]; left and right relative
// to each sequence's bottom right diagonal.
struct AttuneProblem {
  const void* query;
  const void* key;
  const void* value;
  void* out;
  float* log_sum_exp;
  const int* cumulative_query_lengths;  // in device memory; read by packed variants
  const int* cumulative_key_lengths;
  const float* alibi_slopes;  // read by the variants with the modifier
  const float* bias;          // the user's buffer, [q_heads]
  int batch, q_heads, kv_heads, q_len, kv_len;
  int total_q, total_kv;
  int heads_outermost;
  int left, right;
  int offset;  // key index minus query index on the diagonal; not for packed variants
  float scale, soft_cap;
};

int attune_variant_count();
const char* attune_variant_name(int variant);
// "qk_dim", "v_dim", "mask" (0 full, 1 right, 2 band), "element" (0 bf16, 1 fp16), "packed",
// "modifier" (ModifierKind), "user_mask", "shared_bytes", "problem_bytes".
int attune_variant_field(int variant, const char* field);
// Null and a message on stderr if something fails. The caller destroys it.
void* attune_prepare(int variant, const AttuneProblem* problem);
int attune_run(void* plan, void* stream);
void attune_destroy(void* plan);
}

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_LAUNCHER_H_
