// What a GoogleTest program says of its tests in the file of --gtest_output=json:FILE.
#ifndef ATTUNE_TESTING_REPORT_GTEST_RESULTS_H_
#define ATTUNE_TESTING_REPORT_GTEST_RESULTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "testing/report/report.h"

namespace attune {

// One result for each test case. A case that skipped itself, or that is disabled, is kSkipped.
// InvalidArgument if `json` is not such a report, or holds no test.
absl::StatusOr<std::vector<CaseResult>> ParseGtestJson(absl::string_view program,
                                                       absl::string_view json);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_GTEST_RESULTS_H_
