#include "attention/ternary/tuning/matmul_kernel_family.h"

#include "attention/ternary/matmul_configuration.h"
#include "attention/ternary/tuning/matmul_experiment.h"
#include "base/status_macros.h"

namespace attune {

absl::Status MatmulKernelFamily::Supports(const Workload& workload,
                                          const DeviceInfo& device) const {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulProblem problem, TernaryMatmulProblemOf(workload));
  return family_.Supports(problem, device);
}

absl::StatusOr<Variables> MatmulKernelFamily::FixedVariables(const Workload& workload,
                                                             const DeviceInfo& device) const {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulProblem problem, TernaryMatmulProblemOf(workload));
  return FixedConstraintVariables(problem, device);
}

absl::StatusOr<Variables> MatmulKernelFamily::Model(const Workload& workload,
                                                    const Configuration& configuration,
                                                    const DeviceInfo& device) const {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulProblem problem, TernaryMatmulProblemOf(workload));
  return ConstraintVariables(family_, problem, configuration, device);
}

absl::StatusOr<std::unique_ptr<Experiment>> MatmulKernelFamily::Open(const Workload& workload,
                                                                     Device& device,
                                                                     uint64_t seed) const {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulProblem problem, TernaryMatmulProblemOf(workload));
  return MatmulExperiment::Create(family_, problem, device, seed);
}

}  // namespace attune
