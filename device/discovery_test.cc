#include "device/discovery.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(DiscoveryTest, ThereIsAlwaysACpu) {
  const DeviceListing listing = ListDevices();
  ASSERT_FALSE(listing.devices.empty());
  EXPECT_EQ(listing.devices[0].id, "cpu");
}

TEST(DiscoveryTest, OpensEveryDeviceThatItLists) {
  for (const DeviceInfo& info : ListDevices().devices) {
    const auto device = OpenDevice(info.id);
    ASSERT_TRUE(device.ok()) << device.status();
    EXPECT_EQ((*device)->info().model, info.model);
  }
}

TEST(DiscoveryTest, AnUnknownNameGetsTheListOfKnownOnes) {
  const absl::Status status = OpenDevice("tpu:7").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("'tpu:7'"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("cpu"));
}

}  // namespace
}  // namespace attune
