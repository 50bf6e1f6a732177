// What a kernel family of CUDA GPUs gives besides what every family of its operator does.
#ifndef ATTUNE_OPERATORS_CUDA_CUDA_OPERATOR_FAMILY_H_
#define ATTUNE_OPERATORS_CUDA_CUDA_OPERATOR_FAMILY_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "autotune/space/configuration.h"
#include "device/cuda/kernel_source.h"

namespace attune {

// A family whose variants are compiled one by one at run time. `Family` is that of its operator:
// AttentionFamily.
template <typename Family>
class CudaOperatorFamily : public Family {
 public:
  // The variant's code for a device of `architecture`. Needs neither a GPU nor a compiler, so that
  // tests and tuners compile ahead. `problem` and `configuration` are valid.
  virtual KernelSource Source(const typename Family::ProblemType& problem,
                              const Configuration& configuration,
                              absl::string_view architecture) const = 0;

  // The dynamic shared memory that a block of the variant is launched with.
  virtual int64_t DynamicSharedBytes(const typename Family::ProblemType& problem,
                                     const Configuration& configuration) const = 0;
};

}  // namespace attune

#endif  // ATTUNE_OPERATORS_CUDA_CUDA_OPERATOR_FAMILY_H_
