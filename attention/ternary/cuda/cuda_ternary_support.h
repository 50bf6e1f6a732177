// What all families of ternary products on CUDA GPUs ask of a problem.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_SUPPORT_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_SUPPORT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attention/ternary/cuda/element_types.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/matmul_tensors.h"
#include "numerics/dtype.h"

namespace attune {

// OK, or Unimplemented with why: fp32 activations; int8 products without groups of more columns
// than int32 sums can hold.
absl::Status CheckCudaTernaryProblem(absl::string_view family, const TernaryMatmulProblem& problem);

// OK, or InvalidArgument that names a tensor whose address is not aligned as TernaryMatmulTensors
// says.
absl::Status CheckCudaTernaryTensors(absl::string_view family, const TernaryMatmulTensors& tensors);

// The types of `problem`, one that is supported, and how device code calls them.
ternary_cuda::Activation DeviceActivation(const TernaryMatmulProblem& problem);
ternary_cuda::Output DeviceOutput(const TernaryMatmulProblem& problem);
absl::string_view DeviceActivationName(ternary_cuda::Activation activation);
absl::string_view DeviceOutputName(ternary_cuda::Output output);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_SUPPORT_H_
