// Ternary products on every NVIDIA GPU since Ampere, made for few batch rows: ternary_small_batch.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_SMALL_BATCH_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_SMALL_BATCH_FAMILY_H_

#include "attention/ternary/cuda/cuda_ternary_family.h"

namespace attune {

// Computes any batch; one that fills the tensor cores is faster with ternary_large_batch where that
// runs. From compute capability 9.0 on, a launch's weights are read while the kernels before it in
// its stream end: no kernel of that stream may write them without being waited for.
class TernarySmallBatchFamily : public CudaTernaryFamily {
 public:
  absl::string_view name() const override { return "ternary_small_batch"; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;
  absl::Status Supports(const TernaryMatmulProblem& problem,
                        const DeviceInfo& device) const override;
  Variables Model(const TernaryMatmulProblem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;
  absl::StatusOr<std::unique_ptr<TernaryMatmulKernel>> Prepare(const TernaryMatmulProblem& problem,
                                                               const Configuration& configuration,
                                                               Device& device) const override;
  KernelSource Source(const TernaryMatmulProblem& problem, const Configuration& configuration,
                      absl::string_view architecture) const override;
  int64_t DynamicSharedBytes(const TernaryMatmulProblem& problem,
                             const Configuration& configuration) const override;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_SMALL_BATCH_FAMILY_H_
