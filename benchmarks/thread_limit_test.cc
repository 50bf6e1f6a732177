#include "benchmarks/thread_limit.h"

#include <oneapi/tbb/task_arena.h>
#include <openblas-pthread/cblas.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(ThreadLimitTest, ThreadsAreThoseAskedForOrAllThereAre) {
  EXPECT_EQ(*BenchmarkThreads("3"), 3);
  EXPECT_EQ(*BenchmarkThreads(nullptr), oneapi::tbb::this_task_arena::max_concurrency());
  for (const char* wrong : {"", "0", "-1", "two"}) {
    const absl::Status status = BenchmarkThreads(wrong).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << wrong;
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("\"", wrong, "\""))) << status;
  }
}

TEST(ThreadLimitTest, BothLibrariesKeepIt) {
  const ThreadLimit limit(1);
  EXPECT_EQ(openblas_get_num_threads(), 1);
  EXPECT_EQ(oneapi::tbb::global_control::active_value(
                oneapi::tbb::global_control::max_allowed_parallelism),
            1u);
}

}  // namespace
}  // namespace attune
