// Which functors a problem wants, as kernels name them.
#ifndef ATTUNE_ATTENTION_CUDA_FUNCTORS_PROBLEM_FUNCTORS_H_
#define ATTUNE_ATTENTION_CUDA_FUNCTORS_PROBLEM_FUNCTORS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "attention/problem.h"

namespace attune::functors {

// "attune::functors::<name>".
std::string QualifiedName(absl::string_view name);

// The C++ type of the score modifier that `problem` wants (score_modifier.cuh): the built-in ones
// and then the user's own.
std::string ModifierType(const Problem& problem);

// C++ of the functors that such types name and kernels' headers do not define: those of the
// problem's expressions.
std::string FunctorsOf(const Problem& problem);

}  // namespace attune::functors

#endif  // ATTUNE_ATTENTION_CUDA_FUNCTORS_PROBLEM_FUNCTORS_H_
