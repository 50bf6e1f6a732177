#include "attention/configuration_choice.h"

#include "absl/strings/str_cat.h"
#include "attention/workload.h"
#include "autotune/cache_entry.h"

namespace attune {
namespace {

// What problem and device say to all families; what `modelled` adds goes before it.
Variables WithCommon(Variables modelled, const Problem& problem, const DeviceInfo& device) {
  modelled.merge(ProblemVariables(problem));
  for (const auto& [name, value] : device.attributes) {
    modelled.emplace(absl::StrCat("device_", name), static_cast<double>(value));
  }
  return modelled;
}

}  // namespace

Variables ConstraintVariables(const AttentionFamily& family, const Problem& problem,
                              const Configuration& configuration, const DeviceInfo& device) {
  return WithCommon(family.Model(problem, configuration, device), problem, device);
}

Variables FixedConstraintVariables(const AttentionFamily& family, const Problem& problem,
                                   const DeviceInfo& device) {
  return WithCommon(family.FixedVariables(problem, device), problem, device);
}

absl::Status CheckAdmitted(const AttentionFamily& family, const Problem& problem,
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

absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const AttentionFamily& family,
                                                        const Problem& problem,
                                                        const DeviceInfo& device,
                                                        const TuningCache* cache) {
  const auto variables = [&](const Configuration& asked) {
    return ConstraintVariables(family, problem, asked, device);
  };
  const CacheKey key = MakeCacheKey(device, family.name(), family.fingerprint(),
                                    WorkloadOf(problem, family.direction()));
  return ChooseConfiguration({.family = family.name(),
                              .space = family.space(),
                              .fixed_variables = FixedConstraintVariables(family, problem, device),
                              .variables = variables,
                              .problem = problem.ToString()},
                             key, cache);
}

}  // namespace attune
