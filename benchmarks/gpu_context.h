// The GPU that a benchmark program measures.
#ifndef ATTUNE_BENCHMARKS_GPU_CONTEXT_H_
#define ATTUNE_BENCHMARKS_GPU_CONTEXT_H_

#include "absl/status/statusor.h"
#include "device/cuda/cuda_device.h"

namespace attune {

// GPU cuda:0. Never destroyed.
absl::StatusOr<CudaDevice*> BenchmarkedGpu();

// Adds to the context what `gpu` is, the versions of driver and toolkit, and clocks, temperature,
// power and throttle reasons as they are now; or why those cannot be read.
void AddGpuContext(CudaDevice& gpu);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_GPU_CONTEXT_H_
