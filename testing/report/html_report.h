// A report for people.
#ifndef ATTUNE_TESTING_REPORT_HTML_REPORT_H_
#define ATTUNE_TESTING_REPORT_HTML_REPORT_H_

#include <string>

#include "testing/report/report.h"

namespace attune {

// The report as one page that needs no other file and no network: the outcome first, then what did
// not pass with its messages, measurements, tables, and all cases.
std::string ToHtml(const Report& report);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_HTML_REPORT_H_
