#include "testing/report/format.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace attune {
namespace {

std::string FormatInterval(const std::optional<Interval>& interval) {
  if (!interval.has_value()) return "-";
  return absl::StrCat(FormatSeconds(interval->lower), " to ", FormatSeconds(interval->upper));
}

// Whole, or at least four digits.
std::string FormatRate(double gflops) {
  return gflops >= 1000 ? absl::StrFormat("%.0f", gflops) : absl::StrFormat("%.4g", gflops);
}

std::string FormatCounters(const Measurement& measurement) {
  return absl::StrJoin(measurement.counters, ", ", [](std::string* out, const auto& counter) {
    absl::StrAppendFormat(out, "%s %.4g", counter.first, counter.second);
  });
}

}  // namespace

std::string FormatSeconds(double seconds) {
  if (seconds >= 1) return absl::StrFormat("%.3g s", seconds);
  if (seconds >= 1e-3) return absl::StrFormat("%.3g ms", seconds * 1e3);
  if (seconds >= 1e-6) return absl::StrFormat("%.3g us", seconds * 1e6);
  return absl::StrFormat("%.3g ns", seconds * 1e9);
}

std::string FormatGigabytes(double bytes) {
  const double gigabytes = bytes / 1e9;
  return absl::StrFormat("%.*f GB", gigabytes < 100 ? 1 : 0, gigabytes);
}

ReportTable MeasurementTable(const std::vector<Measurement>& measurements) {
  ReportTable table;
  table.title = "Measurements";
  table.columns = {"benchmark", "median", "95 % interval", "runs", "GFLOP/s", "counters"};
  for (const Measurement& measurement : measurements) {
    table.rows.push_back({measurement.name, FormatSeconds(measurement.median),
                          FormatInterval(measurement.interval),
                          absl::StrCat(measurement.seconds.size()),
                          measurement.gflops.has_value() ? FormatRate(*measurement.gflops) : "-",
                          FormatCounters(measurement)});
  }
  return table;
}

}  // namespace attune
