// A report for programs.
#ifndef ATTUNE_TESTING_REPORT_JSON_REPORT_H_
#define ATTUNE_TESTING_REPORT_JSON_REPORT_H_

#include <string>

#include "testing/report/report.h"

namespace attune {

// Everything that the report holds, as one JSON object. Times in seconds. Text that is no UTF-8 is
// replaced where it is none.
std::string ToJson(const Report& report);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_JSON_REPORT_H_
