#include "base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>

#include "absl/base/config.h"

#if defined(ABSL_HAVE_THREAD_SANITIZER)
#include <thread>
#include <vector>
#else
#include <oneapi/tbb/parallel_for.h>
#endif

namespace attune {
namespace {

// Calls work(worker) for each worker in [0, workers), side by side where threads are free.
void RunWorkers(int64_t workers, absl::FunctionRef<void(int64_t worker)> work) {
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  // Debian's libtbb.so is not instrumented, so ThreadSanitizer sees none of its hand-offs and takes
  // every task for a race. Plain threads let it check what is ours: the tasks.
  std::vector<std::thread> threads;
  for (int64_t worker = 1; worker < workers; ++worker) threads.emplace_back(work, worker);
  work(0);
  for (std::thread& thread : threads) thread.join();
#else
  oneapi::tbb::parallel_for(int64_t{0}, workers, work, oneapi::tbb::simple_partitioner());
#endif
}

}  // namespace

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
  RunWorkers(used, work);
}

int64_t AvailableThreads() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  if (sched_getaffinity(0, sizeof(processors), &processors) != 0) return 1;
  return std::max(1, CPU_COUNT(&processors));
}

}  // namespace attune
