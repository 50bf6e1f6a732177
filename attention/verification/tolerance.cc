#include "attention/verification/tolerance.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "attention/verification/straightforward.h"

namespace attune {
namespace {

// Twice the error; the cosine's distance from 1 grows with the square of the error.
Tolerance TwiceTheErrorOf(const ErrorReport& report) {
  return {.mean_absolute = 2 * report.mean_absolute,
          .root_mean_square = 2 * report.root_mean_square,
          .max_absolute = 2 * report.max_absolute,
          .cosine = std::max(-1.0, 1 - 4 * (1 - report.cosine))};
}

// Per number the looser of the two.
Tolerance Looser(const Tolerance& a, const Tolerance& b) {
  return {.mean_absolute = std::max(a.mean_absolute, b.mean_absolute),
          .root_mean_square = std::max(a.root_mean_square, b.root_mean_square),
          .max_absolute = std::max(a.max_absolute, b.max_absolute),
          .cosine = std::min(a.cosine, b.cosine)};
}

// Rounding to nearest errs by at most epsilon/2 of the magnitude. A second, different but equally
// good last bit must pass even where the straightforward computation is exact by luck: one step for
// the worst element, and a quarter step, the mean of rounding errors that are evenly spread, for
// the means.
Tolerance RoundingFloor(Dtype dtype, absl::Span<const double> exact) {
  const std::vector<double> zeros(exact.size(), 0.0);
  const ErrorReport magnitude = CompareArrays(exact, zeros);
  const double epsilon = DtypeEpsilon(dtype);
  return {.mean_absolute = epsilon / 4 * magnitude.mean_absolute,
          .root_mean_square = epsilon / 4 * magnitude.root_mean_square,
          .max_absolute = epsilon * magnitude.max_absolute,
          .cosine = Tolerance().cosine};
}

}  // namespace

Tolerance CpuFloat32Tolerance() {
  return {.mean_absolute = 1e-6, .root_mean_square = 1e-6, .max_absolute = 1e-4, .cosine = 0.9999};
}

Tolerance DeriveTolerance(Dtype dtype, absl::Span<const double> exact,
                          absl::Span<const double> straightforward) {
  const Tolerance twice = TwiceTheErrorOf(CompareArrays(exact, straightforward));
  if (dtype != Dtype::kFloat32) return Looser(twice, RoundingFloor(dtype, exact));
  Tolerance fixed;
  fixed.cosine = std::min(fixed.cosine, twice.cosine);
  return fixed;
}

ForwardTolerance DeriveForwardTolerance(const Problem& problem, const ReferenceInputs& inputs,
                                        const ReferenceForward& exact) {
  const ReferenceForward straightforward = ComputeStraightforward(problem, inputs);
  return {.out = DeriveTolerance(problem.dtype, exact.out, straightforward.out),
          .log_sum_exp = Looser(Tolerance(), TwiceTheErrorOf(CompareArrays(
                                                 exact.log_sum_exp, straightforward.log_sum_exp)))};
}

BackwardTolerance DeriveBackwardTolerance(const Problem& problem, const ReferenceInputs& inputs,
                                          const ReferenceForward& given,
                                          const ReferenceBackward& exact) {
  const ReferenceBackward straightforward = ComputeStraightforward(problem, inputs, given);
  return {.d_query = DeriveTolerance(problem.dtype, exact.d_query, straightforward.d_query),
          .d_key = DeriveTolerance(problem.dtype, exact.d_key, straightforward.d_key),
          .d_value = DeriveTolerance(problem.dtype, exact.d_value, straightforward.d_value)};
}

}  // namespace attune
