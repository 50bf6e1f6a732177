// Attention forward on Hopper GPUs (sm_90).
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_FAMILY_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_FAMILY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "attention/cuda/cuda_attention_family.h"

namespace attune {

class HopperForwardFamily : public CudaAttentionFamily {
 public:
  absl::string_view name() const override { return "hopper_forward"; }
  Direction direction() const override { return Direction::kForward; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;

  // Problems that attention/cuda/hopper/hopper_forward_support.h admits, on GPUs of compute
  // capability 9.0: wgmma and setmaxnreg are in no other's instruction set.
  absl::Status Supports(const Problem& problem, const DeviceInfo& device) const override;

  // FixedVariables of hopper_forward_model.h, and what hopper_forward_untuned.h lists.
  Variables FixedVariables(const Problem& problem, const DeviceInfo& device) const override;

  // What hopper_forward_model.h and hopper_forward_untuned.h list, and workspace_bytes.
  Variables Model(const Problem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;

  // The kernel takes tensors whose addresses are multiples of 16 bytes. FailedPrecondition for a
  // variant whose products ptxas made wait for each other, with its words: it would run at half the
  // speed, and be tuned against the others for nothing.
  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem,
                                                           const Configuration& configuration,
                                                           Device& device) const override;

  KernelSource Source(const Problem& problem, const Configuration& configuration,
                      absl::string_view architecture) const override;
  int64_t DynamicSharedBytes(const Problem& problem,
                             const Configuration& configuration) const override;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_FAMILY_H_
