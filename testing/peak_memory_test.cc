#include "testing/peak_memory.h"

#include <sys/mman.h>

#include <cstring>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

constexpr int64_t kBytes = int64_t{96} << 20;
constexpr int64_t kSlack = int64_t{16} << 20;

// Holds kBytes for as long as the call takes; mapped, so that they go back to the system.
void TouchAndRelease() {
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 1, kBytes);
  munmap(memory, kBytes);
}

// Where the system does not tell, the probe must say so, and say nothing else.
#define SKIP_IF_UNAVAILABLE(status)                                       \
  if (!(status).ok()) {                                                   \
    ASSERT_EQ((status).code(), absl::StatusCode::kUnavailable) << status; \
    GTEST_SKIP() << status;                                               \
  }

TEST(PeakMemoryTest, PeakOutlivesWhatWasReleased) {
  const absl::StatusOr<int64_t> before = ResidentBytes();
  SKIP_IF_UNAVAILABLE(before.status());
  const absl::StatusOr<int64_t> peak = PeakResidentBytes();
  SKIP_IF_UNAVAILABLE(peak.status());
  EXPECT_GE(*peak + kSlack, *before);
  TouchAndRelease();
  const absl::StatusOr<int64_t> after = ResidentBytes();
  ASSERT_TRUE(after.ok());
  EXPECT_LT(*after, *before + kBytes / 2);
  EXPECT_GE(*PeakResidentBytes() + kSlack, *before + kBytes);
}

TEST(PeakMemoryTest, ResetForgetsEarlierPeaks) {
  SKIP_IF_UNAVAILABLE(PeakResidentBytes().status());
  TouchAndRelease();
  const int64_t high = *PeakResidentBytes();
  const absl::Status reset = ResetPeakResident();
  SKIP_IF_UNAVAILABLE(reset);
  EXPECT_LT(*PeakResidentBytes(), high - kBytes / 2);
  TouchAndRelease();
  EXPECT_GE(*PeakResidentBytes() + kSlack, *ResidentBytes() + kBytes);
}

}  // namespace
}  // namespace attune
