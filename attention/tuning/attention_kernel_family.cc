#include "attention/tuning/attention_kernel_family.h"

#include "attention/tuning/attention_experiment.h"
#include "base/status_macros.h"

namespace attune {

absl::StatusOr<std::unique_ptr<Experiment>> AttentionKernelFamily::Open(const Workload& workload,
                                                                        Device& device,
                                                                        uint64_t seed) const {
  ATTUNE_ASSIGN_OR_RETURN(const Problem problem, family().FromWorkload(workload));
  return AttentionExperiment::Create(family(), problem, device, *cases_, seed);
}

}  // namespace attune
