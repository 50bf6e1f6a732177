#include "attention/ternary/matmul_configuration.h"

#include "absl/strings/str_cat.h"
#include "autotune/cache_entry.h"

namespace attune {

Variables FixedConstraintVariables(const TernaryMatmulProblem& problem, const DeviceInfo& device) {
  Variables variables = ProblemVariables(problem);
  for (const auto& [name, value] : device.attributes) {
    variables[absl::StrCat("device_", name)] = static_cast<double>(value);
  }
  return variables;
}

Variables ConstraintVariables(const TernaryMatmulFamily& family,
                              const TernaryMatmulProblem& problem,
                              const Configuration& configuration, const DeviceInfo& device) {
  Variables variables = family.Model(problem, configuration, device);
  variables.merge(FixedConstraintVariables(problem, device));
  return variables;
}

absl::Status CheckAdmitted(const TernaryMatmulFamily& family, const TernaryMatmulProblem& problem,
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

absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const TernaryMatmulFamily& family,
                                                        const TernaryMatmulProblem& problem,
                                                        const DeviceInfo& device,
                                                        const TuningCache* cache) {
  const auto variables = [&](const Configuration& asked) {
    return ConstraintVariables(family, problem, asked, device);
  };
  const CacheKey key =
      MakeCacheKey(device, family.name(), family.fingerprint(), WorkloadOf(problem));
  return ChooseConfiguration({.family = family.name(),
                              .space = family.space(),
                              .fixed_variables = FixedConstraintVariables(problem, device),
                              .variables = variables,
                              .problem = problem.ToString()},
                             key, cache);
}

}  // namespace attune
