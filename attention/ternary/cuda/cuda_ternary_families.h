// The families of ternary products on CUDA GPUs that this build has. There in every build.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILIES_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILIES_H_

#include <string>
#include <vector>

#include "attention/ternary/matmul_family.h"

namespace attune {

struct CudaTernaryFamilyList {
  // Those meant to be faster before the more general ones.
  std::vector<const TernaryMatmulFamily*> families;
  // Why there are none; empty if there are.
  std::string absent;
};

const CudaTernaryFamilyList& CudaTernaryFamilies();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILIES_H_
