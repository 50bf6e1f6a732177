#include "autotune/space/untuned.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace attune {

absl::StatusOr<Configuration> WantedConfiguration(const ParameterSpace& space,
                                                  ParameterSpace::Model model) {
  ATTUNE_ASSIGN_OR_RETURN(const Variables variables, model(space.Default()));
  std::vector<Configuration::Entry> entries = space.Default().entries();
  for (auto& [name, value] : entries) {
    const auto untuned = variables.find(absl::StrCat(kUntunedPrefix, name));
    if (untuned != variables.end()) value = static_cast<int64_t>(untuned->second);
  }
  Configuration wanted(std::move(entries));
  ATTUNE_RETURN_IF_ERROR(space.Validate(wanted));
  return wanted;
}

Configuration ClosestTo(const Configuration& wanted, const std::vector<Configuration>& admitted) {
  assert(!admitted.empty());
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
                                                   const Variables& fixed,
                                                   ParameterSpace::Model model) {
  ATTUNE_ASSIGN_OR_RETURN(const Configuration wanted, WantedConfiguration(space, model));
  // The model may be asked only of what the constraints between parameters leave; that the others
  // cannot be answered without variables is no matter here.
  absl::StatusOr<std::optional<std::string>> removed_by = space.RemovedBy(wanted, {});
  if (!removed_by.ok() || !removed_by->has_value()) {
    ATTUNE_ASSIGN_OR_RETURN(const Variables variables, model(wanted));
    removed_by = space.RemovedBy(wanted, variables);
  }
  ATTUNE_RETURN_IF_ERROR(removed_by.status());
  if (!removed_by->has_value()) return wanted;
  ATTUNE_ASSIGN_OR_RETURN(const Enumeration enumeration, space.Enumerate(fixed, model));
  if (enumeration.admitted.empty()) return NothingAdmitted(space, enumeration);
  return ClosestTo(wanted, enumeration.admitted);
}

absl::Status NothingAdmitted(const ParameterSpace& space, const Enumeration& enumeration) {
  return absl::FailedPreconditionError(
      absl::StrCat("no configuration of ", space.kernel(), " is admitted: of ", space.size(),
                   ", constraints removed ",
                   absl::StrJoin(enumeration.removed, ", ", absl::PairFormatter(" "))));
}

}  // namespace attune
