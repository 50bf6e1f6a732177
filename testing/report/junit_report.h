// A report for continuous-integration servers.
#ifndef ATTUNE_TESTING_REPORT_JUNIT_REPORT_H_
#define ATTUNE_TESTING_REPORT_JUNIT_REPORT_H_

#include <string>

#include "testing/report/report.h"

namespace attune {

// The report's cases and measurements as JUnit XML, a test suite for each program. What was blocked
// counts as skipped there, as that format has no other word for it, with a message that begins with
// BLOCKED. A report without either holds one case, which says how the run as a whole ended.
std::string ToJunit(const Report& report);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_JUNIT_REPORT_H_
