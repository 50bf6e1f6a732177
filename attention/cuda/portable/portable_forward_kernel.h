// A variant of portable_forward, loaded on a GPU for one problem.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_KERNEL_H_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_KERNEL_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/forward_parameters.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/kernel_image.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/launch.h"

namespace attune {

class PortableForwardKernel : public AttentionKernel {
 public:
  // `image` is the variant of `problem` and `configuration`, compiled for `device`.
  static absl::StatusOr<std::unique_ptr<PortableForwardKernel>> Load(
      const Problem& problem, const portable::PortableForwardConfiguration& configuration,
      const KernelImage& image, CudaDevice& device);

  int64_t workspace_bytes() const override { return 0; }
  Resources resources() const override;

  // InvalidArgument for tensors of a backward pass, and for addresses that are not as aligned as
  // the variant's copies are wide.
  absl::Status Run(const AttentionTensors& tensors, void* workspace, Stream& stream) const override;

 private:
  PortableForwardKernel(const Problem& problem, KernelModule module, const LaunchShape& shape,
                        const portable::PortableForwardParameters& parameters, int vector_bytes)
      : problem_(problem),
        module_(std::move(module)),
        shape_(shape),
        parameters_(parameters),
        vector_bytes_(vector_bytes) {}

  const Problem problem_;
  KernelModule module_;
  LaunchShape shape_;
  portable::PortableForwardParameters parameters_;  // all but the tensors' addresses
  int vector_bytes_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_KERNEL_H_
