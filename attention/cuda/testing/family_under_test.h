// Which family a test of kernel_family (attention/cuda/kernel_family.bzl) was linked for.
#ifndef ATTUNE_ATTENTION_CUDA_TESTING_FAMILY_UNDER_TEST_H_
#define ATTUNE_ATTENTION_CUDA_TESTING_FAMILY_UNDER_TEST_H_

#include "attention/cuda/host/cuda_family.h"

namespace attune {

const CudaAttentionFamily& FamilyUnderTest();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_TESTING_FAMILY_UNDER_TEST_H_
