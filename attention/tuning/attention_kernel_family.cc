#include "attention/tuning/attention_kernel_family.h"

#include "absl/strings/str_cat.h"
#include "attention/configuration_choice.h"
#include "attention/tuning/attention_experiment.h"
#include "attention/workload.h"
#include "base/status_macros.h"

namespace attune {

absl::StatusOr<Problem> AttentionKernelFamily::ParseProblem(const Workload& workload) const {
  ATTUNE_ASSIGN_OR_RETURN(const AttentionWorkload parsed, ProblemOf(workload));
  if (parsed.direction != family_.direction()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name(), " computes ", operator_name(), ", not ", workload.operator_name));
  }
  return parsed.problem;
}

absl::Status AttentionKernelFamily::Supports(const Workload& workload,
                                             const DeviceInfo& device) const {
  ATTUNE_ASSIGN_OR_RETURN(const Problem problem, ParseProblem(workload));
  return family_.Supports(problem, device);
}

absl::StatusOr<Variables> AttentionKernelFamily::FixedVariables(const Workload& workload,
                                                                const DeviceInfo& device) const {
  ATTUNE_ASSIGN_OR_RETURN(const Problem problem, ParseProblem(workload));
  return FixedConstraintVariables(family_, problem, device);
}

absl::StatusOr<Variables> AttentionKernelFamily::Model(const Workload& workload,
                                                       const Configuration& configuration,
                                                       const DeviceInfo& device) const {
  ATTUNE_ASSIGN_OR_RETURN(const Problem problem, ParseProblem(workload));
  return ConstraintVariables(family_, problem, configuration, device);
}

absl::StatusOr<std::unique_ptr<Experiment>> AttentionKernelFamily::Open(const Workload& workload,
                                                                        Device& device,
                                                                        uint64_t seed) const {
  ATTUNE_ASSIGN_OR_RETURN(const Problem problem, ParseProblem(workload));
  return AttentionExperiment::Create(family_, problem, device, *cases_, seed);
}

}  // namespace attune
