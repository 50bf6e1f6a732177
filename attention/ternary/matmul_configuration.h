// Which configuration a family of ternary_matmul runs a problem with
// (autotune/configuration_choice.h).
#ifndef ATTUNE_ATTENTION_TERNARY_MATMUL_CONFIGURATION_H_
#define ATTUNE_ATTENTION_TERNARY_MATMUL_CONFIGURATION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/ternary/matmul_family.h"
#include "autotune/configuration_choice.h"
#include "autotune/tuning_cache.h"

namespace attune {

// All numbers that the constraints of `family` may name for `configuration`, one that the
// constraints between parameters admit.
Variables ConstraintVariables(const TernaryMatmulFamily& family,
                              const TernaryMatmulProblem& problem,
                              const Configuration& configuration, const DeviceInfo& device);

// Those that are the same for every configuration.
Variables FixedConstraintVariables(const TernaryMatmulProblem& problem, const DeviceInfo& device);

absl::Status CheckAdmitted(const TernaryMatmulFamily& family, const TernaryMatmulProblem& problem,
                           const DeviceInfo& device, const Configuration& configuration);

absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const TernaryMatmulFamily& family,
                                                        const TernaryMatmulProblem& problem,
                                                        const DeviceInfo& device,
                                                        const TuningCache* cache);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_CONFIGURATION_H_
