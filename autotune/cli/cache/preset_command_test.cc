#include "autotune/cli/cache/preset_command.h"

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/preset.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

[[maybe_unused]] const bool kRegistered =
    RegisterKernelFamily(std::make_unique<TestingKernelFamily>("testing"));

class PresetCommandTest : public ::testing::Test {
 protected:
  PresetCommandTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        path_(directory_ + "/x.preset.textproto") {
    std::filesystem::remove_all(directory_);
  }

  void Store(const std::string& model, int64_t n, const std::string& fingerprint = "testing") {
    CacheEntry entry;
    *entry.mutable_key() = MakeCacheKey({.model = model, .architecture = "fake_1"}, "testing",
                                        fingerprint, TestingKernelFamily::MakeWorkload(n));
    *entry.mutable_configuration() = ToProto(Configuration({{"block", 8}, {"unroll", 2}}));
    entry.add_best_nanoseconds(2000);
    ASSERT_TRUE(CacheDirectory(directory_).Write(entry).ok());
  }
  absl::Status Export(const std::string& model = "") {
    std::ostringstream out;
    const absl::Status status = RunExportPresetCommand(directory_, model, path_, out);
    printed_ = out.str();
    return status;
  }

  const std::string directory_;
  const std::string path_;
  std::string printed_;
};

TEST_F(PresetCommandTest, WritesWhatParsesAsAPreset) {
  Store("Fake", 64);
  Store("Fake", 128);
  ASSERT_EQ(Export(), absl::OkStatus());
  EXPECT_EQ(printed_, absl::StrCat("wrote 2 entries of Fake to ", path_, "\n"));
  const auto preset = ParsePreset(*ReadFile(path_), path_);
  ASSERT_TRUE(preset.ok()) << preset.status();
  ASSERT_THAT(preset->entries, SizeIs(2));
  EXPECT_EQ(preset->entries[0].key().device_model(), "Fake");
}

TEST_F(PresetCommandTest, OfSeveralModelsOneHasToBeChosen) {
  Store("Fake", 64);
  Store("Other", 64);
  EXPECT_THAT(std::string(Export().message()), HasSubstr("--model=\"Fake\" or --model=\"Other\""));
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_EQ(Export("Other"), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("wrote 1 entries of Other"));
}

TEST_F(PresetCommandTest, EntriesOfOtherCodeAreNamedAndLeftOut) {
  Store("Fake", 64, "of last year");
  EXPECT_THAT(std::string(Export().message()), HasSubstr("no entry in " + directory_));
  Store("Fake", 128);
  ASSERT_EQ(Export(), absl::OkStatus());
  EXPECT_THAT(printed_,
              AllOf(HasSubstr("left out: testing-"),
                    HasSubstr("tuned for another build of testing"), HasSubstr("wrote 1 entries")));
  EXPECT_EQ(Export("No such model").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace attune
