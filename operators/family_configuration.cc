#include "operators/family_configuration.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace attune {

Variables WithCommonVariables(Variables modelled, Variables of_problem, const DeviceInfo& device) {
  modelled.merge(of_problem);
  for (const auto& [name, value] : device.attributes) {
    modelled.emplace(absl::StrCat("device_", name), static_cast<double>(value));
  }
  return modelled;
}

}  // namespace attune
