// Whether a device can run a kernel family of CUDA GPUs.
#ifndef ATTUNE_OPERATORS_CUDA_CUDA_SUPPORT_H_
#define ATTUNE_OPERATORS_CUDA_CUDA_SUPPORT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "device/device_info.h"

namespace attune {

// OK if `device` is an NVIDIA GPU of at least `compute_capability` (80 is 8.0) with a compiler to
// make kernels for it; otherwise Unimplemented with what `family` needs and what there is.
absl::Status CheckCudaSupport(absl::string_view family, int64_t compute_capability,
                              const DeviceInfo& device);

// The same for code that uses what no later GPU has ("sm_90a"): OK on those of
// `compute_capability` alone.
absl::Status CheckArchitectureSpecificSupport(absl::string_view family, int64_t compute_capability,
                                              const DeviceInfo& device);

}  // namespace attune

#endif  // ATTUNE_OPERATORS_CUDA_CUDA_SUPPORT_H_
