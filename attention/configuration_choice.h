// Which configuration an attention family runs a problem with (autotune/configuration_choice.h).
#ifndef ATTUNE_ATTENTION_CONFIGURATION_CHOICE_H_
#define ATTUNE_ATTENTION_CONFIGURATION_CHOICE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "autotune/configuration.h"
#include "autotune/configuration_choice.h"
#include "autotune/tuning_cache.h"
#include "autotune/variables.h"
#include "device/device_info.h"

namespace attune {

// All numbers that the constraints of `family` may name for `configuration`, one that the
// constraints between parameters admit.
Variables ConstraintVariables(const AttentionFamily& family, const Problem& problem,
                              const Configuration& configuration, const DeviceInfo& device);

// Those of ConstraintVariables that are the same for every configuration.
Variables FixedConstraintVariables(const AttentionFamily& family, const Problem& problem,
                                   const DeviceInfo& device);

// OK if the space of `family` admits `configuration` for `problem`. InvalidArgument says what of it
// is not of the space, or which constraint does not admit it.
absl::Status CheckAdmitted(const AttentionFamily& family, const Problem& problem,
                           const DeviceInfo& device, const Configuration& configuration);

// The tuned configuration that fits best, if the space's constraints admit it for this very
// problem; otherwise the default or the admitted one closest to it. `cache` may be null.
// FailedPrecondition if nothing is admitted.
absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const AttentionFamily& family,
                                                        const Problem& problem,
                                                        const DeviceInfo& device,
                                                        const TuningCache* cache);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CONFIGURATION_CHOICE_H_
