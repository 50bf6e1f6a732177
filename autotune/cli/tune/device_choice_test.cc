#include "autotune/cli/tune/device_choice.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

DeviceInfo Gpu(const std::string& id, const std::string& model,
               const std::string& environment = "driver 580") {
  return {.id = id,
          .kind = DeviceKind::kCuda,
          .model = model,
          .architecture = "sm_90",
          .environment = environment};
}

DeviceListing Listing(std::vector<DeviceInfo> gpus) {
  DeviceListing listing;
  listing.devices = std::move(gpus);
  listing.devices.insert(listing.devices.begin(), DeviceInfo{.id = "cpu", .model = "CPU"});
  if (listing.devices.size() == 1) listing.absent = {"cuda: there is no driver"};
  return listing;
}

TEST(DeviceChoiceTest, OneDeviceByItsName) {
  const auto groups = ChooseDevices(Listing({Gpu("cuda:0", "H"), Gpu("cuda:1", "H")}), "cuda:1");
  ASSERT_TRUE(groups.ok()) << groups.status();
  ASSERT_THAT(*groups, SizeIs(1));
  EXPECT_EQ(groups->front().info.id, "cuda:1");
  EXPECT_THAT(groups->front().ids, ElementsAre("cuda:1"));
}

TEST(DeviceChoiceTest, AllGpusOfOneModelAreOneGroup) {
  const auto groups = ChooseDevices(Listing({Gpu("cuda:0", "H"), Gpu("cuda:1", "H")}), "cuda:all");
  ASSERT_TRUE(groups.ok()) << groups.status();
  ASSERT_THAT(*groups, SizeIs(1));
  EXPECT_EQ(NamesOf(groups->front()), "cuda:0, cuda:1");
}

TEST(DeviceChoiceTest, ModelsAreNotMixed) {
  for (const DeviceInfo& second : {Gpu("cuda:1", "A"), Gpu("cuda:1", "H", "driver 535")}) {
    const absl::Status status =
        ChooseDevices(Listing({Gpu("cuda:0", "H"), second}), "cuda:all").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("H (cuda:0; driver 580)"), HasSubstr("cuda:1")));
  }
}

TEST(DeviceChoiceTest, WithoutANameEveryModelIsAGroup) {
  const auto groups =
      ChooseDevices(Listing({Gpu("cuda:0", "H"), Gpu("cuda:1", "A"), Gpu("cuda:2", "H")}), "");
  ASSERT_TRUE(groups.ok()) << groups.status();
  ASSERT_THAT(*groups, SizeIs(3));
  EXPECT_EQ(NamesOf(groups->at(0)), "cpu");
  EXPECT_EQ(NamesOf(groups->at(1)), "cuda:0, cuda:2");
  EXPECT_EQ(NamesOf(groups->at(2)), "cuda:1");
}

TEST(DeviceChoiceTest, WhatIsNotThereIsAnErrorThatSaysWhatIs) {
  for (const char* const wanted : {"tpu:0", "cuda:all"}) {
    const absl::Status status = ChooseDevices(Listing({}), wanted).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr(wanted), HasSubstr("has cpu"), HasSubstr("there is no driver")));
  }
}

}  // namespace
}  // namespace attune
