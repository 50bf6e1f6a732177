#include "device/fake/fake_device.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(FakeDeviceTest, TimersSeeTimePassOnlyWhenTold) {
  FakeDevice device;
  auto stream = device.CreateStream();
  auto timer = device.CreateTimer();
  ASSERT_TRUE(stream.ok() && timer.ok());
  ASSERT_TRUE((*timer)->Start(**stream).ok());
  device.Advance(absl::Microseconds(3));
  ASSERT_TRUE((*timer)->Stop(**stream).ok());
  device.Advance(absl::Seconds(1));
  EXPECT_EQ(*(*timer)->Elapsed(), absl::Microseconds(3));
}

TEST(FakeDeviceTest, CountsMemoryAndRefusesBeyondTheLimit) {
  FakeDevice device;
  device.set_memory_limit(100);
  {
    const auto first = device.Allocate(60);
    ASSERT_TRUE(first.ok());
    const auto second = device.Allocate(60);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(second.status().message()), HasSubstr("60 bytes needed, 40 free"));
  }
  EXPECT_EQ(device.memory_usage().current_bytes, 0);
  EXPECT_EQ(device.memory_usage().peak_bytes, 60);
  device.ResetPeakMemory();
  EXPECT_EQ(device.memory_usage().peak_bytes, 0);
}

TEST(FakeDeviceTest, AStickyErrorStays) {
  FakeDevice device;
  auto stream = device.CreateStream();
  device.set_sticky_error(absl::InternalError("illegal address"));
  EXPECT_FALSE((*stream)->Synchronize().ok());
  EXPECT_FALSE((*stream)->Synchronize().ok());
}

}  // namespace
}  // namespace attune
