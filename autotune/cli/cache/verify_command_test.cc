#include "autotune/cli/cache/verify_command.h"

#include <filesystem>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "base/file.h"
#include "device/cuda/kernel_image.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

[[maybe_unused]] const bool kRegistered =
    RegisterKernelFamily(std::make_unique<TestingKernelFamily>("testing"));

class VerifyCommandTest : public ::testing::Test {
 protected:
  VerifyCommandTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(directory_);
  }

  std::string Store(const std::string& family, const std::string& fingerprint, int64_t block,
                    int64_t measured = 0) {
    CacheEntry entry;
    *entry.mutable_key() =
        MakeCacheKey(device_, family, fingerprint, TestingKernelFamily::MakeWorkload(64));
    *entry.mutable_configuration() = ToProto(Configuration({{"block", block}, {"unroll", 1}}));
    entry.set_measured_unix_seconds(measured);
    EXPECT_TRUE(CacheDirectory(directory_).Write(entry).ok());
    return CacheFileName(entry.key());
  }
  absl::Status Verify(bool json = false) {
    std::ostringstream out;
    const absl::Status status = RunVerifyCommand(directory_, {device_}, json, out);
    printed_ = out.str();
    return status;
  }
  absl::Status Prune(PruneCommandOptions options) {
    options.cache_directory = directory_;
    std::ostringstream out;
    const absl::Status status = RunPruneCommand(options, out);
    printed_ = out.str();
    return status;
  }
  size_t Entries() { return CacheDirectory(directory_).ReadAll().entries.size(); }

  DeviceInfo device_ = {.model = "Fake", .architecture = "fake_1", .environment = "driver 1"};
  const std::string directory_;
  std::string printed_;
};

TEST_F(VerifyCommandTest, WhatAppliesIsFound) {
  Store("testing", "testing", 8);
  EXPECT_EQ(Verify(), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("checked 1 entries, 0 trial logs and 0 compiled kernels"));
}

TEST_F(VerifyCommandTest, NamesWhatDoesNotApplyAnyMore) {
  const std::string stale = Store("testing", "of last year", 8);
  const std::string unknown = Store("gone", "testing", 8);
  EXPECT_EQ(Verify().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(printed_,
              AllOf(HasSubstr(stale + ": tuned for another build of testing"),
                    HasSubstr(unknown + ": no family is called gone"), HasSubstr("2 findings")));
}

TEST_F(VerifyCommandTest, NamesWhatAnotherDriverOrCompilerVoided) {
  const std::string entry = Store("testing", "testing", 8);
  device_.environment = "driver 2";
  EXPECT_EQ(Verify().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(printed_, AllOf(HasSubstr(entry + ": tuned under driver 1, this is driver 2"),
                              HasSubstr("1 finding")));
  // Nothing is known of a model that is not here.
  device_.model = "Other";
  EXPECT_EQ(Verify(), absl::OkStatus());
}

TEST_F(VerifyCommandTest, ConfigurationsMustBeOfTheSpaceAndAdmitted) {
  Store("testing", "testing", 9);
  EXPECT_FALSE(Verify().ok());
  EXPECT_THAT(printed_, HasSubstr("block=9 of testing is not among its values"));
  Store("testing", "testing", 128);
  EXPECT_FALSE(Verify().ok());
  EXPECT_THAT(printed_, HasSubstr("constraint block_fits removes block=128,unroll=1"));
}

TEST_F(VerifyCommandTest, DamagedFilesOfEveryKindAreNamed) {
  for (const char* folder : {"", "/trials", "/kernels"}) {
    ASSERT_TRUE(CreateDirectories(directory_ + folder).ok());
  }
  const std::string image = SerializeImage({.cubin = "code", .lowered_name = "f"}, "ab");
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/kernels/ab.kernel", image).ok());
  ASSERT_EQ(Verify(), absl::OkStatus());
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/kernels/ab.kernel", image + "x").ok());
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/kernels/cd.kernel", image).ok());
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/trials/a.log", "junk").ok());
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/a-0.pb", "junk").ok());
  EXPECT_FALSE(Verify(/*json=*/true).ok());
  const Json json = Json::parse(printed_);
  EXPECT_EQ(json.at("kernels"), 2);
  EXPECT_THAT(json.at("findings"), SizeIs(4));
}

TEST_F(VerifyCommandTest, PruneRemovesWhatWasChosenWithItsLogs) {
  const std::string stale = Store("testing", "of last year", 8);
  const std::string old = Store("testing", "testing", 8, 1000);
  const std::string unknown = Store("gone", "testing", 8, 5000);
  ASSERT_TRUE(CreateDirectories(directory_ + "/trials").ok());
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/trials/" + unknown + ".2.log", "l").ok());
  ASSERT_TRUE(WriteFileAtomically(directory_ + "/trials/" + old + ".log", "l").ok());
  EXPECT_EQ(Prune({}).code(), absl::StatusCode::kInvalidArgument);

  ASSERT_EQ(Prune({.unknown_family = true, .dry_run = true}), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("would remove " + unknown));
  EXPECT_EQ(Entries(), 3u);
  ASSERT_EQ(Prune({.unknown_family = true}), absl::OkStatus());
  EXPECT_EQ(Entries(), 2u);
  EXPECT_THAT(*ListFiles(directory_ + "/trials", ".log"), SizeIs(1));
  ASSERT_EQ(Prune({.other_build = true, .json = true}), absl::OkStatus());
  EXPECT_EQ(Json::parse(printed_).at("removed").at(0).at("name"), stale);
  EXPECT_EQ(Entries(), 1u);
  ASSERT_EQ(Prune({.measured_before = absl::FromUnixSeconds(1001)}), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("measured on 1970-01-01"));
  EXPECT_EQ(Entries(), 0u);
}

}  // namespace
}  // namespace attune
