// Attention forward on any NVIDIA GPU since Ampere.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_FAMILY_H_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_FAMILY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "attention/cuda/cuda_attention_family.h"

namespace attune {

class PortableForwardFamily : public CudaAttentionFamily {
 public:
  absl::string_view name() const override { return "portable_forward"; }
  Direction direction() const override { return Direction::kForward; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;

  // Every valid problem, on GPUs of compute capability 8.0 and later.
  absl::Status Supports(const Problem& problem, const DeviceInfo& device) const override;

  // What attention/cuda/portable/portable_forward_model.h lists, and workspace_bytes, which is 0.
  Variables Model(const Problem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;

  // The kernel takes tensors whose addresses are multiples of 16 bytes, or of the largest power of
  // two that divides all strides, if that is less.
  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem,
                                                           const Configuration& configuration,
                                                           Device& device) const override;

  KernelSource Source(const Problem& problem, const Configuration& configuration,
                      absl::string_view architecture) const override;
  int64_t DynamicSharedBytes(const Problem& problem,
                             const Configuration& configuration) const override;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PORTABLE_FORWARD_FAMILY_H_
