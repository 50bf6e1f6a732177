// The process's compiled kernels.
#ifndef ATTUNE_OPERATORS_CUDA_KERNEL_STORE_H_
#define ATTUNE_OPERATORS_CUDA_KERNEL_STORE_H_

#include "absl/status/statusor.h"
#include "device/cuda/kernel_cache.h"

namespace attune {

// The one cache of compiled kernels, in the folder `kernels` of the tuning cache's directory
// (DefaultCacheDirectory), read from the environment at the first call. Where that names no
// directory, kernels are compiled and not kept, as the tuning cache keeps its entries in memory
// then. Compiles in processes of their own, one for each processor, if the program allows it
// (base/worker/worker_program.h), else in this one. NotFound or FailedPrecondition where there is
// no NVRTC to compile with.
absl::StatusOr<KernelCache*> SharedKernelCache();

}  // namespace attune

#endif  // ATTUNE_OPERATORS_CUDA_KERNEL_STORE_H_
