// Which family a test of kernel_family (attention/cuda/kernel_family.bzl) was linked for.
#ifndef ATTUNE_ATTENTION_CUDA_TESTING_FAMILY_UNDER_TEST_H_
#define ATTUNE_ATTENTION_CUDA_TESTING_FAMILY_UNDER_TEST_H_

#include <string>
#include <vector>

#include "attention/cuda/cuda_attention_family.h"

namespace attune {

const CudaAttentionFamily& FamilyUnderTest();

// Those that the family supports, "sm_90" and the like, of TestedArchitectures().
std::vector<std::string> ArchitecturesUnderTest();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_TESTING_FAMILY_UNDER_TEST_H_
