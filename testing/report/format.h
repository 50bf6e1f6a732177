// Quantities for people.
#ifndef ATTUNE_TESTING_REPORT_FORMAT_H_
#define ATTUNE_TESTING_REPORT_FORMAT_H_

#include <string>

#include "testing/report/report.h"

namespace attune {

// Three significant digits with the unit that fits: "12.3 us".
std::string FormatSeconds(double seconds);

// "141 GB", of 10^9 bytes, one decimal below 100.
std::string FormatGigabytes(double bytes);

// The measurements as one table: name, median, interval of the median, GFLOP/s, other counters.
ReportTable MeasurementTable(const std::vector<Measurement>& measurements);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_FORMAT_H_
