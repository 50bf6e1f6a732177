// What runs where nothing has been tuned.
#ifndef ATTUNE_AUTOTUNE_SPACE_UNTUNED_H_
#define ATTUNE_AUTOTUNE_SPACE_UNTUNED_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/variables.h"

namespace attune {

// A model that gives "untuned_<parameter>", one of the parameter's values, has it stand in place of
// the space's default: for families of which no one configuration is good at every workload.
inline constexpr absl::string_view kUntunedPrefix = "untuned_";

// The space's default, with what `model` puts in place of its values. Whether the constraints admit
// it is not asked. InvalidArgument if the model names a value that the space does not have.
absl::StatusOr<Configuration> WantedConfiguration(const ParameterSpace& space,
                                                  ParameterSpace::Model model);

// The first of `admitted`, which must not be empty, that differ from `wanted` in the fewest
// parameters; `wanted` itself if it is among them.
Configuration ClosestTo(const Configuration& wanted, const std::vector<Configuration>& admitted);

// WantedConfiguration if it is admitted, which is the usual case, and nothing else is looked at;
// otherwise ClosestTo it of all that the constraints admit under `model` and its `fixed` variables
// (ParameterSpace::Enumerate). FailedPrecondition, with what each constraint removed, if there is
// none.
absl::StatusOr<Configuration> UntunedConfiguration(const ParameterSpace& space,
                                                   const Variables& fixed,
                                                   ParameterSpace::Model model);

// FailedPrecondition that names what each constraint removed.
absl::Status NothingAdmitted(const ParameterSpace& space, const Enumeration& enumeration);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SPACE_UNTUNED_H_
