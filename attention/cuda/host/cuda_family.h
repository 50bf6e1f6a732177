// What a kernel family of CUDA GPUs gives besides what every family does.
#ifndef ATTUNE_ATTENTION_CUDA_HOST_CUDA_FAMILY_H_
#define ATTUNE_ATTENTION_CUDA_HOST_CUDA_FAMILY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "autotune/configuration.h"
#include "device/cuda/kernel_source.h"
#include "device/device_info.h"

namespace attune {

// A family whose variants are compiled one by one at run time.
class CudaAttentionFamily : public AttentionFamily {
 public:
  // The variant's code for a device of `architecture`. Needs neither a GPU nor a compiler, so that
  // tests and tuners compile ahead. `problem` and `configuration` are valid.
  virtual KernelSource Source(const Problem& problem, const Configuration& configuration,
                              absl::string_view architecture) const = 0;

  // The dynamic shared memory that a block of the variant is launched with.
  virtual int64_t DynamicSharedBytes(const Problem& problem,
                                     const Configuration& configuration) const = 0;
};

// OK if `device` is an NVIDIA GPU of at least `compute_capability` (80 is 8.0) with a compiler to
// make kernels for it; otherwise Unimplemented with what `family` needs and what there is.
absl::Status CheckCudaSupport(absl::string_view family, int64_t compute_capability,
                              const DeviceInfo& device);

// The same for code that uses what no later GPU has ("sm_90a"): OK on those of
// `compute_capability` alone.
absl::Status CheckArchitectureSpecificSupport(absl::string_view family, int64_t compute_capability,
                                              const DeviceInfo& device);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_HOST_CUDA_FAMILY_H_
