// What gpu_validate hands to gpu_test.
#ifndef ATTUNE_TESTING_REPORT_VALIDATION_H_
#define ATTUNE_TESTING_REPORT_VALIDATION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "testing/report/report.h"

namespace attune {

// Adds the facts, cases and tables of the report that ToJson (json_report.h) wrote as `json`.
// InvalidArgument if it is none, or has no case.
absl::Status AddReport(absl::string_view json, Report& report);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_VALIDATION_H_
