// Which configuration a kernel family runs a workload with, and how that came about. For every
// operator.
#ifndef ATTUNE_OPERATORS_CONFIGURATION_CHOICE_H_
#define ATTUNE_OPERATORS_CONFIGURATION_CHOICE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/variables.h"

namespace attune {

struct ConfigurationChoice {
  Configuration configuration;
  // "tuned: exact, from /home/me/.cache/attune", "preset: nearest, from autotune/presets/...",
  // "default".
  std::string origin;
  // Why nothing better was there; files that could not be read.
  std::vector<std::string> notes;
};

// A family asked to run one problem on one device. Refers to what its caller has.
struct ConfigurationQuestion {
  absl::string_view family;
  const ParameterSpace& space;
  // Those of `variables` that are the same for every configuration; may be fewer.
  Variables fixed_variables = {};
  // All numbers that the constraints may name for a configuration, one that the constraints between
  // parameters admit.
  ParameterSpace::Model variables;
  // For messages.
  std::string problem;
};

// OK if the space admits `configuration`. InvalidArgument says what of it is not of the space, or
// which constraint does not admit it.
absl::Status CheckAdmitted(const ConfigurationQuestion& question,
                           const Configuration& configuration);

// The tuned configuration that fits `key` best, if the space's constraints admit it for this very
// problem; otherwise the default or the admitted one closest to it. `cache` may be null.
// FailedPrecondition if nothing is admitted.
absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const ConfigurationQuestion& question,
                                                        const CacheKey& key,
                                                        const TuningCache* cache);

}  // namespace attune

#endif  // ATTUNE_OPERATORS_CONFIGURATION_CHOICE_H_
