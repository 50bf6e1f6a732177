// A variant of ternary_small_batch, loaded on a GPU for one problem.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_SMALL_BATCH_KERNEL_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_SMALL_BATCH_KERNEL_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/ternary/cuda/small_batch_configuration.h"
#include "attention/ternary/cuda/small_batch_model.h"
#include "attention/ternary/matmul_family.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/kernel_image.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/launch.h"

namespace attune {

class TernarySmallBatchKernel : public TernaryMatmulKernel {
 public:
  // `image` is the variant of `problem` and `configuration`, compiled for `device`.
  static absl::StatusOr<std::unique_ptr<TernarySmallBatchKernel>> Load(
      const TernaryMatmulProblem& problem,
      const ternary_cuda::SmallBatchConfiguration& configuration, const KernelImage& image,
      CudaDevice& device);

  WeightLayout weight_layout() const override;
  void PackWeights(const TernaryMatrix& weights, absl::Span<uint8_t> packed) const override;

  int64_t workspace_bytes() const override { return launch_.workspace_bytes; }
  Resources resources() const override;
  // Zeroes the counters. Each launch leaves them zero again.
  absl::Status PrepareWorkspace(void* workspace, Device& device) const override;

  // InvalidArgument for activations that are not 16-byte aligned.
  absl::Status Run(const TernaryMatmulTensors& tensors, void* workspace,
                   Stream& stream) const override;

 private:
  TernarySmallBatchKernel(const TernaryMatmulProblem& problem, KernelModule module,
                          const LaunchShape& shape, const ternary_cuda::SmallBatchLaunch& launch)
      : problem_(problem), module_(std::move(module)), shape_(shape), launch_(launch) {}

  const TernaryMatmulProblem problem_;
  KernelModule module_;
  LaunchShape shape_;
  ternary_cuda::SmallBatchLaunch launch_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_SMALL_BATCH_KERNEL_H_
