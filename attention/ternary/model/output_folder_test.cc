#include "attention/ternary/model/output_folder.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OutputFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = absl::StrCat(::testing::TempDir(), "/",
                         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(root_);
    ASSERT_TRUE(CreateDirectories(root_).ok());
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  std::string root_;
};

TEST_F(OutputFolderTest, AppearsWhole) {
  auto folder = OutputFolder::Create(root_ + "/out");
  ASSERT_TRUE(folder.ok()) << folder.status();
  ASSERT_EQ(folder->Write("file", "x"), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(root_ + "/out"));
  ASSERT_EQ(folder->Commit(), absl::OkStatus());
  EXPECT_EQ(ReadFile(root_ + "/out/file").value(), "x");
  EXPECT_THAT(Names(), ElementsAre("out"));
}

TEST_F(OutputFolderTest, LeavesNothingWithoutCommit) {
  {
    auto folder = OutputFolder::Create(root_ + "/out");
    ASSERT_TRUE(folder.ok()) << folder.status();
    ASSERT_EQ(folder->Write("file", "x"), absl::OkStatus());
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(OutputFolderTest, SlashesBehindTheNameDoNotCount) {
  auto folder = OutputFolder::Create(root_ + "/out//");
  ASSERT_TRUE(folder.ok()) << folder.status();
  ASSERT_EQ(folder->Write("file", "x"), absl::OkStatus());
  ASSERT_EQ(folder->Commit(), absl::OkStatus());
  EXPECT_EQ(ReadFile(root_ + "/out/file").value(), "x");
  EXPECT_THAT(Names(), ElementsAre("out"));
  EXPECT_EQ(OutputFolder::Create(root_ + "/out/file/").status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(OutputFolderTest, IsReadableAsTheUmaskLeavesIt) {
  const mode_t before = umask(0027);
  auto folder = OutputFolder::Create(root_ + "/out");
  const absl::Status committed = folder.ok() ? folder->Commit() : folder.status();
  EXPECT_EQ(umask(before), 0027);
  ASSERT_EQ(committed, absl::OkStatus());
  struct stat status = {};
  ASSERT_EQ(stat((root_ + "/out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0750);
}

}  // namespace
}  // namespace attune
