// An operator's family as the tuner sees it.
#ifndef ATTUNE_OPERATORS_TUNED_FAMILY_H_
#define ATTUNE_OPERATORS_TUNED_FAMILY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/family/kernel_family.h"
#include "base/status_macros.h"
#include "operators/family_configuration.h"

namespace attune {

// Open is the operator's own: what it verifies candidates with.
template <typename Family>
class TunedFamily : public KernelFamily {
 public:
  // `family` must outlive this.
  explicit TunedFamily(const Family& family) : family_(family) {}

  absl::string_view name() const final { return family_.name(); }
  absl::string_view operator_name() const final { return family_.operator_name(); }
  const ParameterSpace& space() const final { return family_.space(); }
  std::string fingerprint() const final { return family_.fingerprint(); }

  absl::Status Supports(const Workload& workload, const DeviceInfo& device) const final {
    ATTUNE_ASSIGN_OR_RETURN(const auto problem, family_.FromWorkload(workload));
    return family_.Supports(problem, device);
  }
  absl::StatusOr<Variables> FixedVariables(const Workload& workload,
                                           const DeviceInfo& device) const final {
    ATTUNE_ASSIGN_OR_RETURN(const auto problem, family_.FromWorkload(workload));
    return FixedConstraintVariables(family_, problem, device);
  }
  absl::StatusOr<Variables> Model(const Workload& workload, const Configuration& configuration,
                                  const DeviceInfo& device) const final {
    ATTUNE_ASSIGN_OR_RETURN(const auto problem, family_.FromWorkload(workload));
    return ConstraintVariables(family_, problem, configuration, device);
  }

 protected:
  const Family& family() const { return family_; }

 private:
  const Family& family_;
};

}  // namespace attune

#endif  // ATTUNE_OPERATORS_TUNED_FAMILY_H_
