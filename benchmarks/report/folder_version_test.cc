#include "benchmarks/report/folder_version.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace attune {
namespace {

TEST(FolderVersionTest, ItChangesWithTheFilesAndOnlyWithThem) {
  const std::string folder = absl::StrCat(::testing::TempDir(), "/version");
  const std::string file = absl::StrCat(folder, "/deep/a.log");
  ASSERT_TRUE(CreateDirectories(absl::StrCat(folder, "/deep")).ok());
  const std::string empty = FolderVersion({folder});
  ASSERT_TRUE(WriteFileAtomically(file, "one").ok());
  const std::string one = FolderVersion({folder});
  EXPECT_NE(one, empty);
  EXPECT_EQ(FolderVersion({folder}), one);
  ASSERT_TRUE(WriteFileAtomically(file, "one and two").ok());
  EXPECT_NE(FolderVersion({folder}), one);
  ASSERT_EQ(std::remove(file.c_str()), 0);
  EXPECT_EQ(FolderVersion({folder}), empty);
}

TEST(FolderVersionTest, AFolderThatThereIsNotIsEmpty) {
  EXPECT_EQ(FolderVersion({"/nowhere/at/all"}), FolderVersion({}));
}

}  // namespace
}  // namespace attune
