#include "base/file.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

// In place of the C library's, for all of this program. It changes the mask for all threads, even
// where it is called only to read it: two that meet may leave any mask, but hardly ever in a test.
static std::atomic<int> g_umask_calls = 0;
extern "C" mode_t umask(mode_t mask) noexcept {
  ++g_umask_calls;
  return static_cast<mode_t>(syscall(SYS_umask, mask));
}

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

TEST(FileTest, ReadErrorsAreReturned) {
  // Nothing is mapped at address 0.
  const absl::Status status = ReadFile("/proc/self/mem").status();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot read /proc/self/mem"));
}

TEST(FileTest, FilesWithoutASizeAreReadToTheirEnd) {
  ASSERT_EQ(std::filesystem::file_size("/proc/self/smaps"), 0);
  const absl::StatusOr<std::string> maps = ReadFile("/proc/self/smaps");
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_GT(maps->size(), 4096);
  EXPECT_EQ(maps->back(), '\n');
}

TEST(FileTest, ThreadsThatWriteLeaveTheUmaskAlone) {
  const std::string directory = TestDirectory("umask");
  const mode_t before = umask(0027);
  const int calls = g_umask_calls;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([path = absl::StrCat(directory, "/", thread)] {
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(WriteFileAtomically(path, "x").ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(g_umask_calls, calls);
  EXPECT_EQ(umask(before), 0027);
  const std::vector<std::string> paths = ListFiles(directory, "").value();
  EXPECT_EQ(paths.size(), 4);
  for (const std::string& path : paths) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640) << path;
  }
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
