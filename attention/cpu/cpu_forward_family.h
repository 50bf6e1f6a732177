// Attention forward on any CPU.
#ifndef ATTUNE_ATTENTION_CPU_CPU_FORWARD_FAMILY_H_
#define ATTUNE_ATTENTION_CPU_CPU_FORWARD_FAMILY_H_

#include <memory>
#include <string>

#include "attention/family.h"

namespace attune {

// Softmax and sums are in fp32, and so are products unless bf16_products is set. What is not finite
// reaches the rows that see it as in the reference, but for one case: probabilities below 2^-126
// are zero, and times an infinite value give NaN where fp64's are still positive and give infinity.
// A mend would have to tell them from those of scores of minus infinity, which give NaN in fp64
// too, and carry that from key tile to key tile.
class CpuForwardFamily : public AttentionFamily {
 public:
  absl::string_view name() const override { return "cpu_forward"; }
  Direction direction() const override { return Direction::kForward; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;

  // Every valid problem without expressions, on CPUs that Highway has a target for.
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
