// Prototype host side of the Hopper forward kernel: variants compiled ahead, launched through a C
// interface.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_LAUNCHER_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_LAUNCHER_H_

#include "attention/cuda/hopper/forward.cuh"

namespace attune::hopper {

struct Variant {
  const char* name;
  HopperForwardConfiguration configuration;
  const void* kernel;
  int shared_bytes;
  int section_mib = 32;  // keys and values of the heads walked together
};

bool Register(const Variant& variant);

}  // namespace attune::hopper

extern "C" {

// bf16 or fp16 tensors [batch, length, head, dim], contiguous; log_sum_exp [batch, head, length].
// Query i sees keys i - left to i + right.
struct AttuneProblem {
  const void* query;
  const void* key;
  const void* value;
  void* out;
  float* log_sum_exp;
  int batch, q_heads, kv_heads, q_len, kv_len;
  int left, right;
  float scale;
};

int attune_variant_count();
const char* attune_variant_name(int variant);
// "qk_dim", "v_dim", "mask" (0 full, 1 right, 2 band), "element" (0 bf16, 1 fp16), "shared_bytes".
int attune_variant_field(int variant, const char* field);
// Null and a message on stderr if something fails. The caller destroys it.
void* attune_prepare(int variant, const AttuneProblem* problem);
int attune_run(void* plan, void* stream);
void attune_destroy(void* plan);
}

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_LAUNCHER_H_
