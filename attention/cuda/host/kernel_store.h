// The process's compiled kernels.
#ifndef ATTUNE_ATTENTION_CUDA_HOST_KERNEL_STORE_H_
#define ATTUNE_ATTENTION_CUDA_HOST_KERNEL_STORE_H_

#include "absl/status/statusor.h"
#include "device/cuda/kernel_cache.h"

namespace attune {

// The one cache of compiled kernels, in the folder `kernels` of the tuning cache's directory
// (DefaultCacheDirectory), read from the environment at the first call. NotFound or
// FailedPrecondition where there is no NVRTC to compile with, or no directory: what is missing, and
// what to set.
absl::StatusOr<KernelCache*> SharedKernelCache();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_HOST_KERNEL_STORE_H_
