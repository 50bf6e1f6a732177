#include "attention/cuda/functors/problem_functors.h"

#include "absl/strings/str_cat.h"
#include "attention/cuda/functors/user_functors.h"

namespace attune::functors {
namespace {

std::string BuiltInModifierType(const Problem& problem) {
  const std::string cap = QualifiedName("SoftCap");
  const std::string alibi = QualifiedName("Alibi");
  if (problem.soft_cap != 0 && problem.alibi) {
    return QualifiedName(absl::StrCat("Then<", cap, ", ", alibi, ">"));
  }
  if (problem.soft_cap != 0) return cap;
  if (problem.alibi) return alibi;
  // Folding the scale into exponents keeps the scores' order only if it is above zero, in fp32 too.
  return QualifiedName(static_cast<float>(SoftmaxScale(problem)) > 0 ? "Identity" : "Scaled");
}

}  // namespace

std::string QualifiedName(absl::string_view name) {
  return absl::StrCat("attune::functors::", name);
}

std::string ModifierType(const Problem& problem) {
  const std::string built_in = BuiltInModifierType(problem);
  return problem.score_expression.empty() ? built_in : UserModifierType(built_in);
}

std::string FunctorsOf(const Problem& problem) {
  std::string source;
  if (!problem.score_expression.empty()) {
    source += ScoreModifierSource(problem.score_expression, problem.buffers);
  }
  if (!problem.mask_expression.empty()) {
    source += MaskSource(problem.mask_expression, problem.buffers);
  }
  return source;
}

}  // namespace attune::functors
