#include "attention/cuda/hopper/hopper_forward_functors.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "attention/cuda/functors/problem_functors.h"
#include "attention/cuda/functors/user_functors.h"
#include "attention/cuda/hopper/soft_cap_series.h"

namespace attune::hopper {
namespace {

// Slopes are divided by the scale, and must not overflow.
constexpr float kLeastAlibiScale = 1e-6f;
// e to its power, and the power of minus it, times a million keys, are far inside fp32.
constexpr double kLargestModestCap = 64;

// Of the quintic that the kernel makes of a scale and a cap, operation by operation as
// ScoreTransform<SoftCap>::Exponentiate does (score_transform.cuh).
float FifthCoefficient(float scale, float cap) {
  constexpr float kFifthCoefficient = 0.1284143393f;
  constexpr float kLog2OfE = 1.4426950408889634f;
  const float x = scale / cap;
  const float x2 = x * x;
  return kFifthCoefficient * x2 * x2 * x * (cap * kLog2OfE);
}
// Below it there is no quintic.
constexpr float kLeastCapOfQuintic = 30;

}  // namespace

ScoreCode ScoreCodeOf(const Problem& problem) {
  const auto scale = static_cast<float>(SoftmaxScale(problem));
  const bool both = problem.soft_cap != 0 && problem.alibi;
  if (!problem.score_expression.empty() || both || !(scale > 0)) return ScoreCode::kGeneral;
  if (problem.soft_cap != 0) return ScoreCode::kSoftCap;
  if (!problem.alibi) return ScoreCode::kPlain;
  return scale >= kLeastAlibiScale ? ScoreCode::kAlibi : ScoreCode::kGeneral;
}

bool HasModestCap(const Problem& problem) {
  return ScoreCodeOf(problem) == ScoreCode::kSoftCap && problem.dtype == Dtype::kBfloat16 &&
         problem.soft_cap <= kLargestModestCap;
}

bool HasTanhSeries(const Problem& problem) {
  if (ScoreCodeOf(problem) != ScoreCode::kSoftCap) return true;
  const double scale = SoftmaxScale(problem);
  const auto cap = static_cast<float>(problem.soft_cap);
  const bool modest = HasModestCap(problem);
  if (!modest && cap < kLeastCapOfQuintic) return true;
  const float fifth = modest ? SoftCapSeriesOf(scale, problem.soft_cap).quintic[2]
                             : FifthCoefficient(static_cast<float>(scale), cap);
  return fifth > 0 && fifth <= std::numeric_limits<float>::max();
}

std::string ModifierType(const Problem& problem) {
  if (HasModestCap(problem)) return "attune::hopper::ModestSoftCap";
  const std::string type = functors::ModifierType(problem);
  const bool single = problem.score_expression.empty() && (problem.soft_cap != 0) != problem.alibi;
  if (ScoreCodeOf(problem) != ScoreCode::kGeneral || !single) return type;
  // Scaled says nothing new of the score; it keeps the type from the code for scales above zero.
  return functors::QualifiedName(
      absl::StrCat("Then<", functors::QualifiedName("Scaled"), ", ", type, ">"));
}

std::string PredicateType(const Problem& problem) {
  return problem.mask_expression.empty() ? functors::QualifiedName("Everything")
                                         : functors::UserPredicateType();
}

int FunctorRegisters(const Problem& problem) {
  // NVRTC 13.0, 2026-11-22. Soft caps and ALiBi fitted wherever plain scores did, but for windows
  // of packed sequences: there a cap spilled 20 bytes with 44 registers left. A modifier of a
  // user's own spilled with 44 left, with a mask besides with 36 and 48, and not with 56 where
  // nothing overlaps.
  const ScoreCode code = ScoreCodeOf(problem);
  const int mask = problem.mask_expression.empty() ? 0 : 8;
  if (code == ScoreCode::kGeneral) return 16 + mask;
  const bool packed_window = problem.packed.has_value() && problem.mask.left.has_value();
  return (code != ScoreCode::kPlain && packed_window ? 16 : 0) + 2 * mask;
}

}  // namespace attune::hopper
