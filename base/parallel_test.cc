#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace attune {
namespace {

TEST(ParallelForTest, EveryTaskRunsOnceAndItsWritesAreSeenAfterwards) {
  for (const int64_t tasks : {0, 1, 2, 1000}) {
    std::vector<int> runs(tasks);
    ParallelFor(tasks, 4, [&](int64_t task, int64_t) { ++runs[task]; });
    EXPECT_EQ(runs, std::vector<int>(tasks, 1));
  }
}

TEST(ParallelForTest, AWorkerRunsOneTaskAtATime) {
  constexpr int64_t kWorkers = 3;
  std::atomic<int> active[kWorkers] = {};
  std::atomic<int> overlaps{0};
  ParallelFor(1000, kWorkers, [&](int64_t, int64_t worker) {
    ASSERT_LT(worker, kWorkers);
    if (active[worker].fetch_add(1) != 0) ++overlaps;
    active[worker].fetch_sub(1);
  });
  EXPECT_EQ(overlaps, 0);
}

TEST(ParallelForTest, OneWorkerRunsTasksInOrder) {
  std::vector<int64_t> order;
  ParallelFor(5, 1, [&](int64_t task, int64_t) { order.push_back(task); });
  EXPECT_EQ(order, (std::vector<int64_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelForTest, CallsFromTasksAreAllowed) {
  std::atomic<int> runs{0};
  ParallelFor(8, 2,
              [&](int64_t, int64_t) { ParallelFor(8, 2, [&](int64_t, int64_t) { ++runs; }); });
  EXPECT_EQ(runs, 64);
}

}  // namespace
}  // namespace attune
