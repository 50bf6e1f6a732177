// Configurations for tests, drawn at random from what a family's space admits.
#ifndef ATTUNE_OPERATORS_TESTING_CONFIGURATION_DRAW_H_
#define ATTUNE_OPERATORS_TESTING_CONFIGURATION_DRAW_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/variables.h"
#include "device/device_info.h"
#include "operators/family_configuration.h"

namespace attune {

// $ATTUNE_TEST_SEED if it is set to a number, else 1. Tests print it.
uint64_t TestSeed();

// A configuration that is admitted: some of its values are drawn evenly, the others are those of
// `untuned`. Nullopt where 20000 draws found none: there may be few, or none. `fixed` are those of
// the numbers of `variables` that are the same for all.
std::optional<Configuration> DrawAdmitted(
    const ParameterSpace& space, const Configuration& untuned, const Variables& fixed,
    absl::FunctionRef<Variables(const Configuration&)> variables, uint64_t seed);

// The same, of what the space of `family` admits for `problem` on `device`, beside what would run
// untuned there.
template <typename ProblemT, typename KernelT>
std::optional<Configuration> DrawConfiguration(const OperatorFamily<ProblemT, KernelT>& family,
                                               const ProblemT& problem, const DeviceInfo& device,
                                               uint64_t seed) {
  const auto untuned = ChooseConfiguration(family, problem, device, nullptr);
  if (!untuned.ok()) return std::nullopt;
  return DrawAdmitted(
      family.space(), untuned->configuration, FixedConstraintVariables(family, problem, device),
      [&](const Configuration& drawn) {
        return ConstraintVariables(family, problem, drawn, device);
      },
      seed);
}

}  // namespace attune

#endif  // ATTUNE_OPERATORS_TESTING_CONFIGURATION_DRAW_H_
