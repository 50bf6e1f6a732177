// Ternary products on Hopper GPUs (sm_90a), made for batches that fill the tensor cores:
// ternary_large_batch.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_LARGE_BATCH_FAMILY_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_LARGE_BATCH_FAMILY_H_

#include "attention/ternary/cuda/cuda_ternary_family.h"

namespace attune {

// Supports what it is faster with than ternary_small_batch, which can split columns: batches of
// more than 16 rows and enough tiles for half of the multiprocessors. Prepare takes smaller ones as
// well.
class TernaryLargeBatchFamily : public CudaTernaryFamily {
 public:
  absl::string_view name() const override { return "ternary_large_batch"; }
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

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_LARGE_BATCH_FAMILY_H_
