#include "testing/report/device_state.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

const ProbedGpu kState = {
    .device = "cuda:0: GPU (sm_90)", .free_bytes = 12'300'000'000, .total_bytes = 24'000'000'000};

TEST(DeviceStateTest, IsReadAsItWasWritten) {
  const auto state = ParseProbedGpu(ToJson(kState));
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->device, kState.device);
  EXPECT_EQ(state->free_bytes, kState.free_bytes);
  EXPECT_EQ(state->total_bytes, kState.total_bytes);
  for (const char* text :
       {"", "{}", "[]", R"({"device": "d", "free_bytes": "1", "total_bytes": 2})",
        R"({"device": "d", "free_bytes": 1})"}) {
    EXPECT_EQ(ParseProbedGpu(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(DeviceStateTest, MemoryThatIsNotFreeIsMissed) {
  EXPECT_TRUE(CheckFreeMemory(kState, 0).ok());
  EXPECT_TRUE(CheckFreeMemory(kState, 12.3).ok());
  const absl::Status status = CheckFreeMemory(kState, 16);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(),
            "--min-vram asks for 16.0 GB; of the GPU's 24.0 GB 12.3 GB are free "
            "(cuda:0: GPU (sm_90))");
}

}  // namespace
}  // namespace attune
