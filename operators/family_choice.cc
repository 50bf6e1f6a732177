#include "operators/family_choice.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace attune {

absl::StatusOr<size_t> FirstSupporting(absl::Span<const absl::string_view> names,
                                       absl::FunctionRef<absl::Status(size_t)> supports,
                                       absl::FunctionRef<std::string()> problem,
                                       const FamilyWish& wish, const DeviceInfo& device,
                                       std::vector<std::string>& passed_over) {
  bool known = wish.wanted.empty();
  for (size_t i = 0; i < names.size(); ++i) {
    if (!wish.wanted.empty() && names[i] != wish.wanted) continue;
    known = true;
    const absl::Status supported = supports(i);
    if (supported.ok()) return i;
    passed_over.push_back(absl::StrCat(names[i], ": ", supported.message()));
  }
  const std::string absent = wish.absent.empty() ? "" : absl::StrCat(" (", wish.absent, ")");
  if (!known) {
    return absl::NotFoundError(absl::StrCat("no family called '", wish.wanted, "' computes ",
                                            wish.operator_name, "; there are ",
                                            absl::StrJoin(names, ", "), absent));
  }
  return absl::UnimplementedError(absl::StrCat("no kernel family computes ", wish.operator_name,
                                               " of ", problem(), " on ", device.id, ": ",
                                               absl::StrJoin(passed_over, "; "), absent));
}

}  // namespace attune
