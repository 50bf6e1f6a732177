// What a benchmark's name says (docs/benchmarks.md, "Names").
#ifndef ATTUNE_BENCHMARKS_REPORT_BENCHMARK_NAME_H_
#define ATTUNE_BENCHMARKS_REPORT_BENCHMARK_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace attune {

struct NameField {
  std::string name;
  std::string value;
  // Whether problems that differ in it alone are of one kind, and make one chart.
  bool is_size = false;

  friend bool operator==(const NameField&, const NameField&) = default;
};

// Of "forward/bf16/128/causal/1_2048/4x32_8/portable_forward/block_m=64": operation "forward",
// fields head_dim, mask, queries (1; "all" where there are as many as keys), and the sizes length
// and heads. Of
// "ternary_matmul/bf16/m:16/n:4096/k:4096/cpu_ternary/tile=8": fields m, n and k, of which the
// first is a size. Of a name of another form only `rival`, which then is all of it.
struct BenchmarkName {
  std::string operation;
  std::string dtype;
  std::vector<NameField> fields;
  std::string rival;  // a kernel family or a peer
  std::string variant;

  // Whether rivals that compute the same can be told by it.
  bool is_problem() const { return !operation.empty(); }
};

// How the library says that time was taken ("/manual_time", "/iterations:5") is no part of it.
BenchmarkName ParseBenchmarkName(absl::string_view name);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_BENCHMARK_NAME_H_
