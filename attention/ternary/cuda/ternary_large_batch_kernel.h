// A variant of ternary_large_batch, loaded on a GPU for one problem.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_LARGE_BATCH_KERNEL_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_LARGE_BATCH_KERNEL_H_

#include <cuda.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_parameters.h"
#include "attention/ternary/matmul_family.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/kernel_image.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/launch.h"

namespace attune {

class TernaryLargeBatchKernel : public TernaryMatmulKernel {
 public:
  // `image` is the variant of `problem` and `configuration`, compiled for `device`.
  static absl::StatusOr<std::unique_ptr<TernaryLargeBatchKernel>> Load(
      const TernaryMatmulProblem& problem,
      const ternary_cuda::LargeBatchConfiguration& configuration, const KernelImage& image,
      CudaDevice& device);

  WeightLayout weight_layout() const override;
  void PackWeights(const TernaryMatrix& weights, absl::Span<uint8_t> packed) const override;

  int64_t workspace_bytes() const override { return 0; }
  Resources resources() const override;

  // InvalidArgument for activations that are not 16-byte aligned.
  absl::Status Run(const TernaryMatmulTensors& tensors, void* workspace,
                   Stream& stream) const override;

 private:
  TernaryLargeBatchKernel(const TernaryMatmulProblem& problem, KernelModule module,
                          const LaunchShape& shape,
                          const ternary_cuda::LargeBatchParameters& parameters,
                          const CUtensorMap& map)
      : problem_(problem),
        module_(std::move(module)),
        shape_(shape),
        parameters_(parameters),
        map_(map) {}

  const TernaryMatmulProblem problem_;
  KernelModule module_;
  LaunchShape shape_;
  ternary_cuda::LargeBatchParameters parameters_;  // all but map and addresses
  CUtensorMap map_;                                // of activations, at no address in particular
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_TERNARY_LARGE_BATCH_KERNEL_H_
