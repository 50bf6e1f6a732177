// The kernel families that attention is computed with.
#ifndef ATTUNE_ATTENTION_FAMILIES_H_
#define ATTUNE_ATTENTION_FAMILIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "device/device_info.h"

namespace attune {

// All families, those meant to be faster before the more general ones.
absl::Span<const AttentionFamily* const> AttentionFamilies();

// Which family computes a problem, and why those before it do not.
struct FamilyChoice {
  const AttentionFamily* family = nullptr;
  // "name: reason", in the order in which they were asked.
  std::vector<std::string> passed_over;
};

// The first of `families` that supports `problem` on `device`; only the one called `wanted` if that
// is not empty. Unimplemented lists every family's reason; NotFound lists the names
// of that direction.
absl::StatusOr<FamilyChoice> ChooseFamily(absl::Span<const AttentionFamily* const> families,
                                          const Problem& problem, Direction direction,
                                          const DeviceInfo& device, absl::string_view wanted = "");

}  // namespace attune

#endif  // ATTUNE_ATTENTION_FAMILIES_H_
