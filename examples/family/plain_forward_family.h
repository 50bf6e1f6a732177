// A kernel family as small as one can be, to copy: docs/adding_a_kernel_family.md.
#ifndef ATTUNE_EXAMPLES_FAMILY_PLAIN_FORWARD_FAMILY_H_
#define ATTUNE_EXAMPLES_FAMILY_PLAIN_FORWARD_FAMILY_H_

#include <memory>
#include <string>

#include "attention/family.h"

namespace attune {

class PlainForwardFamily : public AttentionFamily {
 public:
  absl::string_view name() const override { return "plain_forward"; }
  Direction direction() const override { return Direction::kForward; }
  const ParameterSpace& space() const override;
  std::string fingerprint() const override;

  // fp32 on the CPU, neither packed nor with expressions.
  absl::Status Supports(const Problem& problem, const DeviceInfo& device) const override;
  Variables Model(const Problem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;
  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem,
                                                           const Configuration& configuration,
                                                           Device& device) const override;
};

}  // namespace attune

#endif  // ATTUNE_EXAMPLES_FAMILY_PLAIN_FORWARD_FAMILY_H_
