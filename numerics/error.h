// How far a computed array is from the expected one, over all its elements.
#ifndef ATTUNE_NUMERICS_ERROR_H_
#define ATTUNE_NUMERICS_ERROR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace attune {

// Errors of `count` compared elements. Elements where both sides are NaN, or the same infinity,
// agree and count as zero error; where only one side is such, the element is a mismatch and the
// errors leave it out.
struct ErrorReport {
  int64_t count = 0;
  double mean_absolute = 0;     // MAE
  double root_mean_square = 0;  // RMSE
  // Of the finite elements. 0 when the actual ones alone are all zero; 1 when the expected ones
  // are, where it says nothing: what rounding leaves of them is judged by the errors.
  double cosine = 1;
  double max_absolute = 0;
  int64_t worst_index = -1;  // where max_absolute is; the first mismatch if there is one
  double worst_expected = 0;
  double worst_actual = 0;
  int64_t mismatches = 0;  // non-finite on one side only, or infinities of unlike sign

  std::string ToString() const;
};

// Compares element by element. The spans must be of one length.
ErrorReport CompareArrays(absl::Span<const double> expected, absl::Span<const double> actual);

// Upper limits, and a lower one for the cosine. The defaults are the fp32 limits of docs/design.md.
struct Tolerance {
  double mean_absolute = 1e-5;
  double root_mean_square = 1e-4;
  double max_absolute = 1e-3;
  double cosine = 0.999;
};

// OK if `report` is within `tolerance` and has no mismatch. Otherwise says, of the array called
// `name`, which limit is exceeded and where the worst element is.
absl::Status CheckTolerance(const ErrorReport& report, const Tolerance& tolerance,
                            absl::string_view name);

}  // namespace attune

#endif  // ATTUNE_NUMERICS_ERROR_H_
