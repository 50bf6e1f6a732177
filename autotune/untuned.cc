#include "autotune/untuned.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "autotune/variables.h"
#include "base/status_macros.h"

namespace attune {

Configuration ClosestToDefault(const ParameterSpace& space,
                               const std::vector<Configuration>& admitted) {
  assert(!admitted.empty());
  const Configuration wanted = space.Default();
  const auto differences = [&](const Configuration& configuration) {
    int count = 0;
    for (const auto& [name, value] : wanted.entries()) count += configuration.Get(name) != value;
    return count;
  };
  return *std::min_element(admitted.begin(), admitted.end(),
                           [&](const Configuration& a, const Configuration& b) {
                             return differences(a) < differences(b);
                           });
}

absl::StatusOr<Configuration> UntunedConfiguration(const ParameterSpace& space,
                                                   ParameterSpace::Model model) {
  const Configuration wanted = space.Default();
  ATTUNE_ASSIGN_OR_RETURN(const Variables variables, model(wanted));
  ATTUNE_ASSIGN_OR_RETURN(const std::optional<std::string> removed_by,
                          space.RemovedBy(wanted, variables));
  if (!removed_by.has_value()) return wanted;
  ATTUNE_ASSIGN_OR_RETURN(const Enumeration enumeration, space.Enumerate(model));
  if (enumeration.admitted.empty()) return NothingAdmitted(space, enumeration);
  return ClosestToDefault(space, enumeration.admitted);
}

absl::Status NothingAdmitted(const ParameterSpace& space, const Enumeration& enumeration) {
  return absl::FailedPreconditionError(absl::StrCat(
      "no configuration of ", space.kernel(), " is admitted: of ", space.size(),
      ", constraints removed ",
      absl::StrJoin(enumeration.removed, ", ", absl::PairFormatter(" "))));
}

}  // namespace attune
