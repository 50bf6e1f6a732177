// Ternary matrices in the layout of packed_layout.h, made on the host.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_PACKED_WEIGHTS_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_PACKED_WEIGHTS_H_

#include <cstdint>

#include "absl/types/span.h"
#include "attention/ternary/cuda/element_types.h"
#include "attention/ternary/matmul_family.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/ternary_matrix.h"

namespace attune {

// All CUDA families read the same weights: chunks, then scales. The order of codes follows the
// activations. Padding goes to whole chunks of 32 rows by 64 columns.
WeightLayout CudaWeightLayout(const TernaryMatmulProblem& problem);

// Where in the packed weights the scales begin, in bytes.
int64_t CudaScalesOffset(const TernaryShape& shape);

// `weights` is valid, `packed` of CudaWeightLayout's bytes. Takes the processors that there are.
void PackCudaWeights(const TernaryMatrix& weights, ternary_cuda::CodeOrder order,
                     absl::Span<uint8_t> packed);

// The order of codes that products with `activation`, bf16 or int8, read.
ternary_cuda::CodeOrder CodeOrderOf(Activation activation);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_PACKED_WEIGHTS_H_
