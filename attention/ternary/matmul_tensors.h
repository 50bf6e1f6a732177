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
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_TENSORS_H_
