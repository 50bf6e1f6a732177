#include "device/cpu/cpu_device.h"

#include <cstring>
#include <string>

#include "absl/time/clock.h"
#include "device/cpu/cpu_info.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(CpuDeviceTest, SaysWhatItIs) {
  const CpuDevice device;
  const DeviceInfo& info = device.info();
  EXPECT_EQ(info.id, "cpu");
  EXPECT_FALSE(info.model.empty());
  EXPECT_FALSE(info.architecture.empty());
  EXPECT_GE(info.Attribute("threads"), 1);
  EXPECT_GE(info.Attribute("vector_bytes"), 16);
  EXPECT_GT(info.Attribute("memory_bytes"), 0);
  EXPECT_EQ(info.Attribute("multiprocessors", -1), -1);
}

TEST(CpuDeviceTest, MemoryIsAlignedAndCounted) {
  CpuDevice device;
  {
    const auto buffer = device.Allocate(1000);
    ASSERT_TRUE(buffer.ok()) << buffer.status();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 256, 0);
    EXPECT_EQ(device.memory_usage().current_bytes, 1000);
  }
  EXPECT_EQ(device.memory_usage().current_bytes, 0);
  EXPECT_EQ(device.memory_usage().peak_bytes, 1000);
}

TEST(CpuDeviceTest, RefusesMoreThanThereIsAndSaysHowMuchThatWas) {
  CpuDevice device;
  const int64_t bytes = int64_t{1} << 50;
  const absl::Status status = device.Allocate(bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1125899906842624 bytes of memory needed"));
  EXPECT_EQ(device.Allocate(-1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CpuDeviceTest, CopiesAndFills) {
  CpuDevice device;
  const auto buffer = device.Allocate(4);
  ASSERT_TRUE(buffer.ok());
  char read[5] = {};
  ASSERT_TRUE(device.Fill(buffer->data(), 'x', 4).ok());
  ASSERT_TRUE(device.CopyToDevice(buffer->data(), "ab", 2).ok());
  ASSERT_TRUE(device.CopyToHost(read, buffer->data(), 4).ok());
  EXPECT_STREQ(read, "abxx");
}

TEST(CpuDeviceTest, TimesWhatRunsBetweenStartAndStop) {
  CpuDevice device;
  const auto stream = device.CreateStream();
  const auto timer = device.CreateTimer();
  ASSERT_TRUE((*timer)->Start(**stream).ok());
  absl::SleepFor(absl::Milliseconds(2));
  ASSERT_TRUE((*timer)->Stop(**stream).ok());
  EXPECT_GE(*(*timer)->Elapsed(), absl::Milliseconds(2));
  EXPECT_TRUE(device.FlushCaches(**stream).ok());
  EXPECT_TRUE((*stream)->Synchronize().ok());
}

TEST(CpuInfoTest, ReadsFieldsAndSaysWhenThereAreNone) {
  EXPECT_EQ(FindCpuInfoField("a\t: 1\nmodel name\t: Some CPU: fast\n", "model name"),
            "Some CPU: fast");
  EXPECT_EQ(FindCpuInfoField("a: 1", "b"), "");
  EXPECT_EQ(FindAvailableBytes("MemTotal: 5 kB\nMemAvailable:   2 kB\n"), 2048);
  EXPECT_EQ(FindAvailableBytes("MemTotal: 5 kB\n"), -1);
  EXPECT_EQ(FindAvailableBytes("MemAvailable: many kB\n"), -1);
}

}  // namespace
}  // namespace attune
