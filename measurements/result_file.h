// One file of benchmark results: Google Benchmark's JSON, of versions before 1.5 (no run_type)
// and since, with Attune's context, and rows that hold all samples of a benchmark
// (docs/benchmarks.md).
#ifndef ATTUNE_MEASUREMENTS_RESULT_FILE_H_
#define ATTUNE_MEASUREMENTS_RESULT_FILE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// The repetitions of one benchmark, in the order they ran.
struct Series {
  std::string name;
  std::string label;
  // Wall or device time of an iteration, one for each repetition; each above zero.
  std::vector<double> seconds;
  // Medians over the repetitions.
  std::map<std::string, double> counters;
};

// A benchmark that ended itself.
struct FailedBenchmark {
  std::string name;
  std::string message;
};

struct ResultFile {
  // Strings as they are, everything else as JSON text.
  std::map<std::string, std::string> context;
  // In the order in which they first ran.
  std::vector<Series> series;
  std::vector<FailedBenchmark> failed;
  // Rows that are none: left out, each with the reason.
  std::vector<std::string> problems;
};

// Aggregates are left out: they are computed from the repetitions. InvalidArgument, with what was
// found in its place, where `json` is not such a file: empty, cut off, another format, or nothing
// but aggregates.
absl::StatusOr<ResultFile> ParseResultFile(absl::string_view json);

// Whether `json` is what tools/gpu_test reports, which stands beside results and is none.
bool IsGpuTestReport(absl::string_view json);

}  // namespace attune

#endif  // ATTUNE_MEASUREMENTS_RESULT_FILE_H_
