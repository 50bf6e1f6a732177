#include "device/discovery.h"

#include <string>

#include "absl/strings/str_cat.h"
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
  for (const char* name : {"", "cuda", "cuda:", "cuda:x", "cuda0", "cpu:0"}) {
    EXPECT_THAT(std::string(OpenDevice(name).status().message()),
                HasSubstr(absl::StrCat("no device is called '", name, "'")));
  }
}

TEST(DiscoveryTest, AGpuThatIsNotThereIsNotOpened) {
  EXPECT_FALSE(OpenDevice("cuda:-1").ok());
  EXPECT_FALSE(OpenDevice("cuda:100000").ok());
}

}  // namespace
}  // namespace attune
