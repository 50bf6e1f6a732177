// Attention backward on any CPU.
#ifndef ATTUNE_ATTENTION_CPU_CPU_BACKWARD_FAMILY_H_
#define ATTUNE_ATTENTION_CPU_CPU_BACKWARD_FAMILY_H_

#include <memory>
#include <string>

#include "attention/family.h"

namespace attune {

class CpuBackwardFamily : public AttentionFamily {
 public:
  absl::string_view name() const override { return "cpu_backward"; }
  Direction direction() const override { return Direction::kBackward; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;

  // Every valid problem without expressions and packed sequences, on CPUs that Highway has a target
  // for.
  absl::Status Supports(const Problem& problem, const DeviceInfo& device) const override;

  // tile_bytes (what a thread works on while it crosses a tile), workspace_bytes, vector_lanes,
  // kv_head_tasks (tasks of the single pass), workers (threads).
  Variables Model(const Problem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;

  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem,
                                                           const Configuration& configuration,
                                                           Device& device) const override;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_BACKWARD_FAMILY_H_
