#include "benchmarks/thread_limit.h"

#include <benchmark/benchmark.h>
#include <oneapi/tbb/task_arena.h>
#include <openblas-pthread/cblas.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace attune {

absl::StatusOr<int> BenchmarkThreads(const char* wanted) {
  if (wanted == nullptr) return oneapi::tbb::this_task_arena::max_concurrency();
  int threads = 0;
  if (!absl::SimpleAtoi(wanted, &threads) || threads < 1) {
    return absl::InvalidArgumentError(absl::StrCat("$ATTUNE_BENCHMARK_THREADS is \"", wanted,
                                                   "\"; expected a number of threads from 1 on"));
  }
  return threads;
}

ThreadLimit::ThreadLimit(int threads)
    : tbb_(oneapi::tbb::global_control::max_allowed_parallelism, threads) {
  openblas_set_num_threads(threads);
  benchmark::AddCustomContext("threads", std::to_string(threads));
  benchmark::AddCustomContext("openblas_core", openblas_get_corename());
}

}  // namespace attune
