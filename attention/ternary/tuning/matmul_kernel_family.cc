#include "attention/ternary/tuning/matmul_kernel_family.h"

#include "attention/ternary/tuning/matmul_experiment.h"
#include "base/status_macros.h"

namespace attune {

absl::StatusOr<std::unique_ptr<Experiment>> MatmulKernelFamily::Open(const Workload& workload,
                                                                     Device& device,
                                                                     uint64_t seed) const {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulProblem problem, family().FromWorkload(workload));
  return MatmulExperiment::Create(family(), problem, device, seed);
}

}  // namespace attune
