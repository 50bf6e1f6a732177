#include "device/cuda/header_directory.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

class HeaderDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    parent_ = absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(parent_);
    std::filesystem::create_directories(parent_);
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(parent_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  std::filesystem::path parent_;
};

TEST_F(HeaderDirectoryTest, IsGoneWithItsOwner) {
  {
    const HeaderDirectory directory(parent_);
    EXPECT_EQ(directory.path().parent_path(), parent_);
    EXPECT_THAT(directory.path().filename().string(),
                StartsWith(absl::StrCat("attune_headers_", getpid(), "_")));
    std::ofstream(directory.path() / "header.pch") << "parsed";
  }
  EXPECT_THAT(Names(), IsEmpty());
}

// Processes in two namespaces may have the same number.
TEST_F(HeaderDirectoryTest, OwnersWithTheSameNumberHaveTheirOwn) {
  const HeaderDirectory first(parent_);
  const HeaderDirectory second(parent_);
  ASSERT_FALSE(second.path().empty());
  EXPECT_THAT(Names(), UnorderedElementsAre(first.path().filename().string(),
                                            second.path().filename().string()));
}

TEST_F(HeaderDirectoryTest, TheNextOneRemovesThatOfAProcessThatWasKilled) {
  const pid_t child = fork();
  if (child == 0) {
    const HeaderDirectory directory(parent_);
    _exit(directory.path().empty() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(Names().size(), 1);
  const HeaderDirectory directory(parent_);
  EXPECT_THAT(Names(), UnorderedElementsAre(directory.path().filename().string()));
}

TEST_F(HeaderDirectoryTest, WhatIsNotOfTheDeadStays) {
  // Of a process that has not come to its lock; of somebody else.
  std::filesystem::create_directory(parent_ / "attune_headers_1_abcdef");
  std::filesystem::create_directory(parent_ / "other");
  std::ofstream(parent_ / "other" / "lock") << "";
  { const HeaderDirectory directory(parent_); }
  EXPECT_THAT(Names(), UnorderedElementsAre("attune_headers_1_abcdef", "other"));
}

TEST_F(HeaderDirectoryTest, WithoutAParentThereIsNone) {
  EXPECT_TRUE(HeaderDirectory(parent_ / "missing").path().empty());
  EXPECT_TRUE(HeaderDirectory("").path().empty());
}

}  // namespace
}  // namespace attune
