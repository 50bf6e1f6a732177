#include "base/file.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string TestDirectory(absl::string_view name) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

TEST(FileTest, ReadsBackWhatItWrote) {
  const std::string path = TestDirectory("roundtrip") + "/file";
  const std::string content("a\0b\n", 4);
  ASSERT_TRUE(WriteFileAtomically(path, content).ok());
  const absl::StatusOr<std::string> read = ReadFile(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, content);
}

TEST(FileTest, ReplacesWithoutLeavingTemporaries) {
  const std::string directory = TestDirectory("replace");
  const std::string path = directory + "/file";
  ASSERT_TRUE(WriteFileAtomically(path, "old").ok());
  ASSERT_TRUE(WriteFileAtomically(path, "new").ok());
  EXPECT_EQ(*ReadFile(path), "new");
  EXPECT_THAT(*ListFiles(directory, ""), ElementsAre(path));
}

TEST(FileTest, MissingFileIsNotFoundAndNamed) {
  const absl::Status status = ReadFile("/nonexistent/file").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/file"));
}

TEST(FileTest, ReadingADirectoryIsAnError) { EXPECT_FALSE(ReadFile(TestDirectory("dir")).ok()); }

TEST(FileTest, WritingIntoAMissingDirectoryIsAnError) {
  const absl::Status status = WriteFileAtomically("/nonexistent/file", "x");
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/file"));
}

TEST(FileTest, ListsFilesBySuffixSorted) {
  const std::string directory = TestDirectory("list");
  for (const char* name : {"/b.pb", "/a.pb", "/c.txt"}) {
    ASSERT_TRUE(WriteFileAtomically(directory + name, "").ok());
  }
  EXPECT_THAT(*ListFiles(directory, ".pb"), ElementsAre(directory + "/a.pb", directory + "/b.pb"));
  EXPECT_THAT(*ListFiles(directory + "/missing", ".pb"), IsEmpty());
}

TEST(FileTest, CreatesDirectoriesAndSaysWhenItCannot) {
  const std::string directory = TestDirectory("create");
  EXPECT_TRUE(CreateDirectories(directory + "/a/b").ok());
  EXPECT_TRUE(std::filesystem::is_directory(directory + "/a/b"));
  ASSERT_TRUE(WriteFileAtomically(directory + "/file", "").ok());
  EXPECT_FALSE(CreateDirectories(directory + "/file/b").ok());
}

}  // namespace
}  // namespace attune
