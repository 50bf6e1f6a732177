// Where the tensors of a product with ternary weights lie. Addresses are of the memory of the
// device that runs it.
#ifndef ATTUNE_ATTENTION_TERNARY_MATMUL_TENSORS_H_
#define ATTUNE_ATTENTION_TERNARY_MATMUL_TENSORS_H_

namespace attune {

// By the names of TernaryMatmulProblem. All are contiguous, the last dimension innermost;
// `activations` and `out` are 16-byte aligned, `weights` 256-byte aligned.
struct TernaryMatmulTensors {
  const void* activations = nullptr;         // [batch, columns]
  const float* activation_scales = nullptr;  // [batch], read if activations are int8
  const void* weights = nullptr;             // what TernaryMatmulKernel::PackWeights gave
  const float* bias = nullptr;               // [rows], read if the problem has one

  void* out = nullptr;  // [batch, rows]

  // A promise, for products of the same activations one behind another (q, k and v; gate and up):
  // what was enqueued just before on the stream is such a product, and no product back to the first
  // of them, the last before without a promise, has this one's output for its output or
  // activations. On GPUs they then overlap. Ignored where nothing overlaps.
  bool shares_activations = false;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_TENSORS_H_
