// The kernel families that ternary_matmul is computed with.
#ifndef ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILIES_H_
#define ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/ternary/matmul_family.h"

namespace attune {

// All families, those meant to be faster before the more general ones.
absl::Span<const TernaryMatmulFamily* const> TernaryMatmulFamilies();

// Which family computes a problem, and why those before it do not.
struct TernaryMatmulFamilyChoice {
  const TernaryMatmulFamily* family = nullptr;
  // "name: reason", in the order in which they were asked.
  std::vector<std::string> passed_over;
};

// The first of `families` that supports `problem` on `device`; only the one called `wanted` if that
// is not empty. Unimplemented lists every family's reason; NotFound lists the names.
absl::StatusOr<TernaryMatmulFamilyChoice> ChooseTernaryMatmulFamily(
    absl::Span<const TernaryMatmulFamily* const> families, const TernaryMatmulProblem& problem,
    const DeviceInfo& device, absl::string_view wanted = "");

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILIES_H_
