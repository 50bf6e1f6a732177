// What a benchmark's name says (docs/benchmarks.md, "Names").
#ifndef ATTUNE_BENCHMARKS_REPORT_BENCHMARK_NAME_H_
#define ATTUNE_BENCHMARKS_REPORT_BENCHMARK_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace attune {

// Of "forward/bf16/128/causal/1_2048/4x32_8/portable_forward/block_m=64". Of a name of another form
// only `rival`, which then is all of it.
struct BenchmarkName {
  std::string direction;
  std::string dtype;
  std::string head_dim;
  std::string mask;
  std::string length;
  std::string heads;  // "4x32_8", batch x heads
  std::string rival;  // a kernel family or a peer
  std::string variant;

  bool is_attention() const { return !direction.empty(); }
};

// How the library says that time was taken ("/manual_time", "/iterations:5") is no part of it.
BenchmarkName ParseBenchmarkName(absl::string_view name);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_BENCHMARK_NAME_H_
