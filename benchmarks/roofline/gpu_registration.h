// The GPU's part of the roofline program. There in every build.
#ifndef ATTUNE_BENCHMARKS_ROOFLINE_GPU_REGISTRATION_H_
#define ATTUNE_BENCHMARKS_ROOFLINE_GPU_REGISTRATION_H_

#include "absl/status/status.h"

namespace attune {

// Registers a benchmark for every rate that GPU cuda:0 has, and adds the GPU to the context. Why
// not, where there is no GPU or the build has no CUDA.
absl::Status RegisterGpuRoofline();

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ROOFLINE_GPU_REGISTRATION_H_
