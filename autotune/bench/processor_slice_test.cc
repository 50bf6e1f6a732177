#include "autotune/bench/processor_slice.h"

#include <sched.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

int ProcessorsLeft() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : -1;
}

TEST(ProcessorSliceTest, SlicesAreDisjointAndLeaveNothingOut) {
  const std::vector<int> processors = {0, 2, 3, 5, 8};
  EXPECT_THAT(SliceOf(processors, 0, 1), ElementsAre(0, 2, 3, 5, 8));
  EXPECT_THAT(SliceOf(processors, 0, 2), ElementsAre(0, 2));
  EXPECT_THAT(SliceOf(processors, 1, 2), ElementsAre(3, 5, 8));
  // More slices than processors share them.
  EXPECT_THAT(SliceOf({4}, 0, 3), ElementsAre(4));
  EXPECT_THAT(SliceOf({4}, 2, 3), ElementsAre(4));
}

TEST(ProcessorSliceTest, AThreadKeepsToItsSliceUntilItGetsAnother) {
  const int all = ProcessorsLeft();
  ASSERT_EQ(KeepToSlice(0, all), absl::OkStatus());
  EXPECT_EQ(ProcessorsLeft(), 1);
  ASSERT_EQ(KeepToSlice(0, 1), absl::OkStatus());
  EXPECT_EQ(ProcessorsLeft(), all);
}

}  // namespace
}  // namespace attune
