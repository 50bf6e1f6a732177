// Loops over tasks on oneTBB's threads.
#ifndef ATTUNE_BASE_PARALLEL_H_
#define ATTUNE_BASE_PARALLEL_H_

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace attune {

// Calls body(task, worker) for each task in [0, tasks), from up to `workers` threads at once. A
// worker in [0, workers) does one task at a time, so that it may own scratch memory. Tasks start in
// ascending order: put the longest first.
void ParallelFor(int64_t tasks, int64_t workers,
                 absl::FunctionRef<void(int64_t task, int64_t worker)> body);

// How many threads this process may run at once: of the processors that its affinity leaves it.
int64_t AvailableThreads();

}  // namespace attune

#endif  // ATTUNE_BASE_PARALLEL_H_
