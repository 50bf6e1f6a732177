// What a Google Benchmark program measured, out of the file of --benchmark_out=FILE.
#ifndef ATTUNE_TESTING_REPORT_BENCHMARK_RESULTS_H_
#define ATTUNE_TESTING_REPORT_BENCHMARK_RESULTS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "testing/report/report.h"

namespace attune {

struct BenchmarkResults {
  std::vector<Measurement> measurements;
  // A benchmark that could not be run to its end, as a failed case.
  std::vector<CaseResult> errors;
};

// The repetitions of each benchmark in `json`, gathered. InvalidArgument if it is not such a
// report, or holds no benchmark.
absl::StatusOr<BenchmarkResults> ParseBenchmarkJson(absl::string_view program,
                                                    absl::string_view json);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_BENCHMARK_RESULTS_H_
