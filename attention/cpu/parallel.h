// Loops over tasks on oneTBB's threads.
#ifndef ATTUNE_ATTENTION_CPU_PARALLEL_H_
#define ATTUNE_ATTENTION_CPU_PARALLEL_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace attune {

// Calls body(task, worker) for each task in [0, tasks), from up to `workers` threads at once. A
// worker in [0, workers) does one task at a time, so that it may own scratch memory. Tasks start in
// ascending order: put the longest first.
void ParallelFor(int64_t tasks, int64_t workers,
                 absl::FunctionRef<void(int64_t task, int64_t worker)> body);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_PARALLEL_H_
