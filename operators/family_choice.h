// Which of an operator's families computes a problem.
#ifndef ATTUNE_OPERATORS_FAMILY_CHOICE_H_
#define ATTUNE_OPERATORS_FAMILY_CHOICE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "device/device_info.h"

namespace attune {

// What is asked for besides the problem.
struct FamilyWish {
  absl::string_view operator_name;
  // If not empty, the family called so and no other.
  absl::string_view wanted = "";
  // Why this build lacks families, for messages; empty if it lacks none.
  absl::string_view absent = "";
};

// The family, and why those before it do not compute the problem: "name: reason", in the order in
// which they were asked.
template <typename Family>
struct FamilyChoice {
  const Family* family = nullptr;
  std::vector<std::string> passed_over;
};

// Asks families of `names` one after another, by index, whether they support a problem, which
// `problem` describes; those that do not add their reasons to `passed_over`. The index of the first
// that does. Unimplemented lists every reason; NotFound, where `wish` names none of them, lists the
// names.
absl::StatusOr<size_t> FirstSupporting(absl::Span<const absl::string_view> names,
                                       absl::FunctionRef<absl::Status(size_t)> supports,
                                       absl::FunctionRef<std::string()> problem,
                                       const FamilyWish& wish, const DeviceInfo& device,
                                       std::vector<std::string>& passed_over);

// The first of `families` that supports `problem` on `device`. Errors are those of FirstSupporting.
template <typename Family>
absl::StatusOr<FamilyChoice<Family>> ChooseFamily(absl::Span<const Family* const> families,
                                                  const typename Family::ProblemType& problem,
                                                  const DeviceInfo& device,
                                                  const FamilyWish& wish) {
  std::vector<absl::string_view> names;
  for (const Family* family : families) names.push_back(family->name());
  FamilyChoice<Family> choice;
  const absl::StatusOr<size_t> first = FirstSupporting(
      names, [&](size_t i) { return families[i]->Supports(problem, device); },
      [&] { return problem.ToString(); }, wish, device, choice.passed_over);
  if (!first.ok()) return first.status();
  choice.family = families[*first];
  return choice;
}

}  // namespace attune

#endif  // ATTUNE_OPERATORS_FAMILY_CHOICE_H_
