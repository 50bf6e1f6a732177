// What a family of ternary products on CUDA GPUs gives besides what every such family does.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILY_H_

#include "attention/ternary/matmul_family.h"
#include "operators/cuda/cuda_operator_family.h"

namespace attune {

// Such a family reads the weights of packed_weights.h.
using CudaTernaryFamily = CudaOperatorFamily<TernaryMatmulFamily>;

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILY_H_
