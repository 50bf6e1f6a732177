// A variant of hopper_forward, loaded on a GPU for one problem.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_KERNEL_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_KERNEL_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/hopper_forward_maps.h"
#include "attention/cuda/hopper/hopper_forward_model.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/kernel_image.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/launch.h"

namespace attune {

class HopperForwardKernel : public AttentionKernel {
 public:
  // `image` is `variant`, of `problem`, compiled for `device`.
  static absl::StatusOr<std::unique_ptr<HopperForwardKernel>> Load(
      const Problem& problem, const hopper::HopperForwardConfiguration& variant,
      const hopper::LaunchChoice& choice, const KernelImage& image, CudaDevice& device);

  int64_t workspace_bytes() const override { return workspace_bytes_; }
  Resources resources() const override;

  // Zeroes the tile counters. Each launch leaves them zero again, so that a plan's run is one
  // kernel and nothing else.
  absl::Status PrepareWorkspace(void* workspace, Device& device) const override;

  // InvalidArgument for tensors of a backward pass, and for addresses that are no multiples of 16.
  absl::Status Run(const AttentionTensors& tensors, void* workspace, Stream& stream) const override;

 private:
  HopperForwardKernel(KernelModule module, const LaunchShape& shape,
                      const hopper::ForwardArguments& arguments, HopperForwardMaps maps,
                      int64_t workspace_bytes)
      : module_(std::move(module)),
        shape_(shape),
        arguments_(arguments),
        maps_(std::move(maps)),
        workspace_bytes_(workspace_bytes) {}

  KernelModule module_;
  LaunchShape shape_;
  hopper::ForwardArguments arguments_;  // all but maps and addresses
  HopperForwardMaps maps_;
  int64_t workspace_bytes_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_KERNEL_H_
