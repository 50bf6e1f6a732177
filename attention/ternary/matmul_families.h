// The kernel families that ternary_matmul is computed with.
#ifndef ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILIES_H_
#define ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILIES_H_

#include <string>

#include "absl/types/span.h"
#include "attention/ternary/matmul_family.h"

namespace attune {

// All families, those meant to be faster before the more general ones.
absl::Span<const TernaryMatmulFamily* const> TernaryMatmulFamilies();

// Why this build lacks families, as part of a message; empty if it lacks none.
const std::string& AbsentTernaryMatmulFamilies();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_FAMILIES_H_
