// Turns a user's expressions into the functors that kernels are instantiated with.
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_USER_FUNCTORS_H_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_USER_FUNCTORS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "attention/expressions.h"

namespace attune::functors {

// C++ source of `struct UserScore` (score_modifier.cuh says what it looks like) from an expression
// over score, b, h, kv_h, q, kv, q_len, kv_len and the buffers' names, and of `struct UserMask`
// from one over the same without score. What the compiler has to say about the expression it says
// about the file "score_modifier" or "mask", line 1. In order, the buffers are those of
// the launch's parameters. Expressions and names are such as Validate lets pass.
std::string ScoreModifierSource(absl::string_view expression,
                                const std::vector<NamedBuffer>& buffers);
std::string MaskSource(absl::string_view expression, const std::vector<NamedBuffer>& buffers);

// The types that those sources add to namespace attune::functors, as a kernel's arguments: the
// user's modifier behind the built-in one, and the predicate.
std::string UserModifierType(absl::string_view built_in_modifier_type);
std::string UserPredicateType();

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_USER_FUNCTORS_H_
