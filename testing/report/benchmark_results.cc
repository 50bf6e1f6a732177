#include "testing/report/benchmark_results.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "measurements/result_file.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

// Factor from the counter to GFLOP/s; 0 if it is no such rate.
double GflopsPer(const std::string& counter) {
  if (counter == "TFLOP/s") return 1e3;
  if (counter == "GFLOP/s") return 1;
  return counter == "FLOP/s" ? 1e-9 : 0;
}

Measurement Summarise(absl::string_view program, const Series& series) {
  Measurement measurement;
  measurement.program = std::string(program);
  measurement.name = series.name;
  measurement.seconds = series.seconds;
  measurement.median = Median(series.seconds);
  measurement.interval = MedianInterval(series.seconds, kConfidence);
  for (const auto& [counter, value] : series.counters) {
    if (GflopsPer(counter) > 0) {
      measurement.gflops = GflopsPer(counter) * value;
    } else {
      measurement.counters.emplace_back(counter, value);
    }
  }
  return measurement;
}

}  // namespace

absl::StatusOr<BenchmarkResults> ParseBenchmarkJson(absl::string_view program,
                                                    absl::string_view json) {
  const absl::StatusOr<ResultFile> file = ParseResultFile(json);
  if (!file.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(program, " reports no benchmark: ", file.status().message()));
  }
  // The program is this repository's own: a row that is none is a bug of it.
  if (!file->problems.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(program, " reports a run that is none: ", file->problems.front()));
  }
  BenchmarkResults results;
  for (const FailedBenchmark& failed : file->failed) {
    results.errors.push_back({.program = std::string(program),
                              .name = failed.name,
                              .outcome = Outcome::kFailed,
                              .message = failed.message});
  }
  for (const Series& series : file->series) {
    results.measurements.push_back(Summarise(program, series));
  }
  return results;
}

}  // namespace attune
