// What a family of ternary products on CUDA GPUs gives besides what every such family does.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILY_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "attention/ternary/matmul_family.h"
#include "attention/ternary/matmul_problem.h"
#include "autotune/configuration.h"
#include "device/cuda/kernel_source.h"

namespace attune {

// A family whose variants are compiled one by one at run time, and which reads the weights of
// packed_weights.h.
class CudaTernaryFamily : public TernaryMatmulFamily {
 public:
  // The variant's code for a device of `architecture`. Needs neither a GPU nor a compiler, so that
  // tests and tuners compile ahead. `problem` and `configuration` are valid.
  virtual KernelSource Source(const TernaryMatmulProblem& problem,
                              const Configuration& configuration,
                              absl::string_view architecture) const = 0;

  // The dynamic shared memory that a block of the variant is launched with.
  virtual int64_t DynamicSharedBytes(const TernaryMatmulProblem& problem,
                                     const Configuration& configuration) const = 0;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_CUDA_TERNARY_FAMILY_H_
