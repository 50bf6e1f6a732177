// The kernel families that attention is computed with.
#ifndef ATTUNE_ATTENTION_FAMILIES_H_
#define ATTUNE_ATTENTION_FAMILIES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "attention/family.h"
#include "attention/problem.h"

namespace attune {

// All families, those meant to be faster before the more general ones.
absl::Span<const AttentionFamily* const> AttentionFamilies();

// Why this build lacks families, as part of a message; empty if it lacks none.
const std::string& AbsentAttentionFamilies();

// Those of `families` that compute `direction`, in their order.
std::vector<const AttentionFamily*> OfDirection(absl::Span<const AttentionFamily* const> families,
                                                Direction direction);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_FAMILIES_H_
