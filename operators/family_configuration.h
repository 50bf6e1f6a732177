// Which configuration a family runs a problem with (configuration_choice.h).
#ifndef ATTUNE_OPERATORS_FAMILY_CONFIGURATION_H_
#define ATTUNE_OPERATORS_FAMILY_CONFIGURATION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/space/configuration.h"
#include "autotune/space/variables.h"
#include "autotune/workload/cache_key.h"
#include "device/device_info.h"
#include "operators/configuration_choice.h"
#include "operators/operator_family.h"

namespace attune {

// `modelled`, and with less weight what problem and device say to all families: `of_problem`, and
// each attribute of the device as device_*.
Variables WithCommonVariables(Variables modelled, Variables of_problem, const DeviceInfo& device);

// All numbers that the constraints of `family` may name for `configuration`, one that the
// constraints between parameters admit.
template <typename ProblemT, typename KernelT>
Variables ConstraintVariables(const OperatorFamily<ProblemT, KernelT>& family,
                              const ProblemT& problem, const Configuration& configuration,
                              const DeviceInfo& device) {
  return WithCommonVariables(family.Model(problem, configuration, device),
                             family.ProblemNumbers(problem), device);
}

// Those of ConstraintVariables that are the same for every configuration.
template <typename ProblemT, typename KernelT>
Variables FixedConstraintVariables(const OperatorFamily<ProblemT, KernelT>& family,
                                   const ProblemT& problem, const DeviceInfo& device) {
  return WithCommonVariables(family.FixedVariables(problem, device), family.ProblemNumbers(problem),
                             device);
}

// OK if the space of `family` admits `configuration` for `problem`. InvalidArgument says what of it
// is not of the space, or which constraint does not admit it.
template <typename ProblemT, typename KernelT>
absl::Status CheckAdmitted(const OperatorFamily<ProblemT, KernelT>& family, const ProblemT& problem,
                           const DeviceInfo& device, const Configuration& configuration) {
  const auto variables = [&](const Configuration& asked) {
    return ConstraintVariables(family, problem, asked, device);
  };
  return CheckAdmitted({.family = family.name(),
                        .space = family.space(),
                        .variables = variables,
                        .problem = problem.ToString()},
                       configuration);
}

// The tuned configuration that fits best, if the space's constraints admit it for this very
// problem; otherwise the default or the admitted one closest to it. `cache` may be null.
// FailedPrecondition if nothing is admitted.
template <typename ProblemT, typename KernelT>
absl::StatusOr<ConfigurationChoice> ChooseConfiguration(
    const OperatorFamily<ProblemT, KernelT>& family, const ProblemT& problem,
    const DeviceInfo& device, const TuningCache* cache) {
  const auto variables = [&](const Configuration& asked) {
    return ConstraintVariables(family, problem, asked, device);
  };
  const CacheKey key =
      MakeCacheKey(device, family.name(), family.fingerprint(), family.ToWorkload(problem));
  return ChooseConfiguration({.family = family.name(),
                              .space = family.space(),
                              .fixed_variables = FixedConstraintVariables(family, problem, device),
                              .variables = variables,
                              .problem = problem.ToString()},
                             key, cache);
}

}  // namespace attune

#endif  // ATTUNE_OPERATORS_FAMILY_CONFIGURATION_H_
