// The kernel families of CUDA GPUs that this build has. There in every build.
#ifndef ATTUNE_ATTENTION_CUDA_CUDA_FAMILIES_H_
#define ATTUNE_ATTENTION_CUDA_CUDA_FAMILIES_H_

#include <string>
#include <vector>

#include "attention/family.h"

namespace attune {

struct CudaFamilies {
  // Those meant to be faster before the more general ones.
  std::vector<const AttentionFamily*> families;
  // Why there are none; empty if there are.
  std::string absent;
};

const CudaFamilies& CudaAttentionFamilies();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_CUDA_FAMILIES_H_
