// How many threads the benchmarks of CPUs use.
#ifndef ATTUNE_BENCHMARKS_THREAD_LIMIT_H_
#define ATTUNE_BENCHMARKS_THREAD_LIMIT_H_

#include <oneapi/tbb/global_control.h>

#include "absl/status/statusor.h"

namespace attune {

// What `wanted`, the value of $ATTUNE_BENCHMARK_THREADS, says; without one as many as this process
// may use. InvalidArgument where it is no number from 1 on.
absl::StatusOr<int> BenchmarkThreads(const char* wanted);

// While it lives, oneTBB and OpenBLAS use so many threads. The context of results says so.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);

 private:
  oneapi::tbb::global_control tbb_;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_THREAD_LIMIT_H_
