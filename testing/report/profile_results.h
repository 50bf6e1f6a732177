// What Nsight Compute measured, out of `ncu --import FILE --csv --page raw`.
#ifndef ATTUNE_TESTING_REPORT_PROFILE_RESULTS_H_
#define ATTUNE_TESTING_REPORT_PROFILE_RESULTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Titles of the columns of the rows below.
std::vector<std::string> ProfileColumns();

// For each kernel launch in `csv`: the kernel and a few of its metrics with their units, "-" for
// one that was not taken. Lines before the header (ncu's own, which begin with "==") are passed
// over. InvalidArgument if there is no header or no launch.
absl::StatusOr<std::vector<std::vector<std::string>>> ParseProfile(absl::string_view csv);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_PROFILE_RESULTS_H_
