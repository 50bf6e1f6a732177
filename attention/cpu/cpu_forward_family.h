// Attention forward on any CPU.
#ifndef ATTUNE_ATTENTION_CPU_CPU_FORWARD_FAMILY_H_
#define ATTUNE_ATTENTION_CPU_CPU_FORWARD_FAMILY_H_

#include <memory>
#include <string>

#include "attention/family.h"

namespace attune {

class CpuForwardFamily : public AttentionFamily {
 public:
  absl::string_view name() const override { return "cpu_forward"; }
  Direction direction() const override { return Direction::kForward; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;

  // Every valid problem, on CPUs that Highway has a target for.
  absl::Status Supports(const Problem& problem, const DeviceInfo& device) const override;

  // stacked_queries (query rows of the heads that share a key-value head), tile_bytes (what a
  // thread works on between two key tiles), workspace_bytes, vector_lanes, products_available (0 or
  // 1: whether this machine has the instructions of the configuration's products).
  Variables Model(const Problem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;

  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem,
                                                           const Configuration& configuration,
                                                           Device& device) const override;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_FORWARD_FAMILY_H_
