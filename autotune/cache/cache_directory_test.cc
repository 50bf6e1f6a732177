#include "autotune/cache/cache_directory.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

CacheEntry MakeEntry(int64_t size, int64_t value = 0) {
  CacheEntry entry;
  *entry.mutable_key() = MakeCacheKey(DeviceInfo{}, "tile", "f", Workload{"op", {}, {{"n", size}}});
  *entry.mutable_configuration() = ToProto(Configuration({{"x", value}}));
  return entry;
}

int64_t ValueOf(const CacheEntry& entry) { return FromProto(entry.configuration()).Get("x"); }

class CacheDirectoryTest : public ::testing::Test {
 protected:
  CacheDirectoryTest()
      : path_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        directory_(path_ + "/cache") {
    std::filesystem::remove_all(path_);
  }

  std::string PathOf(const CacheEntry& entry) const {
    return absl::StrCat(directory_.path(), "/", CacheFileName(entry.key()));
  }

  const std::string path_;
  const CacheDirectory directory_;
};

TEST_F(CacheDirectoryTest, WhatANewerProgramWroteIsNotReplacedAndWhatIsDamagedIs) {
  const std::string path = PathOf(MakeEntry(1));
  ASSERT_TRUE(CreateDirectories(directory_.path()).ok());
  CacheFile newer;
  newer.set_format_version(99);
  ASSERT_TRUE(WriteFileAtomically(path, newer.SerializeAsString()).ok());
  const absl::Status status = directory_.Write(MakeEntry(1));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path), HasSubstr("version 99")));
  EXPECT_EQ(*ReadFile(path), newer.SerializeAsString());
  ASSERT_TRUE(WriteFileAtomically(path, "junk").ok());
  ASSERT_TRUE(directory_.Write(MakeEntry(1, 10)).ok());
  EXPECT_EQ(ValueOf(*directory_.Read(MakeEntry(1).key())), 10);
}

TEST_F(CacheDirectoryTest, ReadsBackWhatItWrote) {
  ASSERT_TRUE(directory_.Write(MakeEntry(1, 10)).ok());
  ASSERT_TRUE(directory_.Write(MakeEntry(1, 11)).ok());
  ASSERT_TRUE(directory_.Write(MakeEntry(2, 20)).ok());
  EXPECT_EQ(ValueOf(*directory_.Read(MakeEntry(1).key())), 11);
  EXPECT_THAT(directory_.ReadFamily("tile").entries, SizeIs(2));
  EXPECT_THAT(directory_.ReadFamily("til").entries, IsEmpty());
}

TEST_F(CacheDirectoryTest, MissingEntryAndMissingDirectoryAreNotFound) {
  EXPECT_EQ(directory_.Read(MakeEntry(1).key()).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(directory_.ReadFamily("tile").problems, IsEmpty());
}

TEST_F(CacheDirectoryTest, DamagedFilesAreReportedByPathAndSurvive) {
  const CacheEntry good = MakeEntry(1, 10);
  ASSERT_TRUE(directory_.Write(good).ok());
  const std::string content = SerializeCacheFile(MakeEntry(2));
  CacheFile newer;
  newer.set_format_version(99);
  std::mt19937_64 generator(41);
  std::string noise(500, '\0');
  for (char& c : noise) c = static_cast<char>(generator());
  const struct {
    std::string content;
    absl::StatusCode code;
    const char* reason;
  } cases[] = {
      {content.substr(0, content.size() / 2), absl::StatusCode::kDataLoss, "truncated"},
      {noise, absl::StatusCode::kDataLoss, ""},
      {"", absl::StatusCode::kDataLoss, "empty"},
      {newer.SerializeAsString(), absl::StatusCode::kFailedPrecondition, "version 99"},
      {SerializeCacheFile(MakeEntry(3)), absl::StatusCode::kDataLoss, "another key"},
  };
  const std::string path = PathOf(MakeEntry(2));
  for (const auto& [damaged, code, reason] : cases) {
    ASSERT_TRUE(WriteFileAtomically(path, damaged).ok());
    const absl::Status status = directory_.Read(MakeEntry(2).key()).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path), HasSubstr(reason)));
    const CacheDirectory::Contents contents = directory_.ReadFamily("tile");
    EXPECT_THAT(contents.entries, SizeIs(1));
    EXPECT_THAT(contents.problems, ElementsAre(std::string(status.message())));
    EXPECT_EQ(*ReadFile(path), damaged);
  }
}

TEST_F(CacheDirectoryTest, UnwritableDirectoryIsOneClearError) {
  ASSERT_TRUE(CreateDirectories(path_).ok());
  // A file where the directory should be stops root too, unlike permissions.
  ASSERT_TRUE(WriteFileAtomically(directory_.path(), "in the way").ok());
  const absl::Status status = directory_.Write(MakeEntry(1));
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(directory_.path()), HasSubstr("set ATTUNE_CACHE_DIR")));
}

TEST_F(CacheDirectoryTest, TwoProcessesWritingAtOnceLoseNothing) {
  constexpr int64_t kEntries = 40;
  pid_t children[2];
  for (int64_t child = 0; child < 2; ++child) {
    children[child] = fork();
    ASSERT_GE(children[child], 0);
    if (children[child] == 0) {
      bool ok = true;
      for (int64_t i = 0; i < kEntries; ++i) {
        ok &= directory_.Write(MakeEntry(1000 * (child + 1) + i, i)).ok();
        ok &= directory_.Write(MakeEntry(i, i)).ok();  // both write these
      }
      _exit(ok ? 0 : 1);
    }
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const CacheDirectory::Contents contents = directory_.ReadFamily("tile");
  EXPECT_THAT(contents.problems, IsEmpty());
  EXPECT_THAT(contents.entries, SizeIs(3 * kEntries));
}

TEST_F(CacheDirectoryTest, KilledWriterLeavesAWholeEntry) {
  constexpr uint64_t kSeed = 43;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 generator(kSeed);
  // Large, so that the kill falls into writes as well as between them.
  CacheEntry entry = MakeEntry(1, 0);
  for (int i = 0; i < 100000; ++i) entry.add_best_nanoseconds(i);
  ASSERT_TRUE(directory_.Write(entry).ok());
  for (int round = 0; round < 30; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      while (true) (void)directory_.Write(entry);
    }
    usleep(static_cast<useconds_t>(generator() % 5000));
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    const absl::StatusOr<CacheEntry> read = directory_.Read(entry.key());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->best_nanoseconds_size(), 100000);
  }
}

}  // namespace
}  // namespace attune
