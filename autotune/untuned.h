// What runs where nothing has been tuned.
#ifndef ATTUNE_AUTOTUNE_UNTUNED_H_
#define ATTUNE_AUTOTUNE_UNTUNED_H_

#include <vector>

#include "absl/status/statusor.h"
#include "autotune/configuration.h"
#include "autotune/parameter_space.h"

namespace attune {

// The space's default if `admitted` holds it; otherwise the first of the admitted that differ from it in the fewest
// parameters. `admitted` must not be empty.
Configuration ClosestToDefault(const ParameterSpace& space,
                               const std::vector<Configuration>& admitted);

// ClosestToDefault of all that the constraints admit under `model`. Where the default itself is admitted, which is
// the usual case, nothing else is looked at. FailedPrecondition, with what each constraint removed, if there is
// none.
absl::StatusOr<Configuration> UntunedConfiguration(const ParameterSpace& space,
                                                   ParameterSpace::Model model);

// FailedPrecondition that names what each constraint removed.
absl::Status NothingAdmitted(const ParameterSpace& space, const Enumeration& enumeration);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_UNTUNED_H_
