#include "attention/cpu/parallel.h"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <atomic>

namespace attune {

void ParallelFor(int64_t tasks, int64_t workers,
                 absl::FunctionRef<void(int64_t task, int64_t worker)> body) {
  std::atomic<int64_t> next{0};
  const auto work = [&](int64_t worker) {
    for (int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
      body(task, worker);
    }
  };
  const int64_t used = std::min(tasks, workers);
  if (used <= 1) {
    work(0);
    return;
  }
  // Workers take tasks from one counter, not oneTBB's ranges: these keep neither the order of tasks
  // nor an index that names a thread's scratch memory.
  oneapi::tbb::parallel_for(int64_t{0}, used, work, oneapi::tbb::simple_partitioner());
}

}  // namespace attune
