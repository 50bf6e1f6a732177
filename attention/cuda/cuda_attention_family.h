// What an attention family of CUDA GPUs gives besides what every attention family does.
#ifndef ATTUNE_ATTENTION_CUDA_CUDA_ATTENTION_FAMILY_H_
#define ATTUNE_ATTENTION_CUDA_CUDA_ATTENTION_FAMILY_H_

#include "attention/family.h"
#include "operators/cuda/cuda_operator_family.h"

namespace attune {

using CudaAttentionFamily = CudaOperatorFamily<AttentionFamily>;

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_CUDA_ATTENTION_FAMILY_H_
