#include "autotune/cli/cache/cache_commands.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/workload/stored_workload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class CacheCommandsTest : public ::testing::Test {
 protected:
  CacheCommandsTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(directory_);
  }

  // Stores an entry, and gives its file's name.
  std::string Store(const std::string& family) {
    CacheEntry entry;
    entry.mutable_key()->set_family(family);
    *entry.mutable_key()->mutable_workload() = ToProto(*Workload::Parse("op[] n=64"));
    entry.add_best_nanoseconds(2000);
    EXPECT_TRUE(CacheDirectory(directory_).Write(entry).ok());
    return CacheFileName(entry.key());
  }
  void Truncate(const std::string& name) {
    const std::filesystem::path path = directory_ + "/" + name;
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  }
  std::string List() {
    std::ostringstream out;
    EXPECT_EQ(RunListCommand(directory_, /*json=*/false, out), absl::OkStatus());
    return out.str();
  }
  absl::Status Show(const std::string& entry) {
    std::ostringstream out;
    const absl::Status status = RunShowCommand(directory_, entry, /*json=*/false, out);
    shown_ = out.str();
    return status;
  }

  const std::string directory_;
  std::string shown_;
};

TEST_F(CacheCommandsTest, AnEmptyCacheSaysSo) {
  EXPECT_EQ(List(), absl::StrCat("no entries in ", directory_, "\n"));
  EXPECT_EQ(Show(""), absl::NotFoundError(absl::StrCat("no entries in ", directory_)));
}

TEST_F(CacheCommandsTest, ListsEveryEntry) {
  const std::string a = Store("a");
  const std::string b = Store("b");
  EXPECT_THAT(List(), AllOf(HasSubstr(a), HasSubstr(b), Not(HasSubstr("not an entry"))));
}

TEST_F(CacheCommandsTest, ShowsEntriesByHowTheirNamesBegin) {
  const std::string a = Store("a");
  Store("b");
  EXPECT_EQ(Show("a-"), absl::OkStatus());
  EXPECT_THAT(shown_, AllOf(HasSubstr(a), Not(HasSubstr("family         b"))));
  EXPECT_EQ(Show(""), absl::OkStatus());
  EXPECT_THAT(shown_, HasSubstr("family         b"));
  const absl::Status status = Show("c");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("begins with 'c'"));
}

TEST_F(CacheCommandsTest, InJsonEverythingIsThere) {
  const std::string a = Store("a");
  Store("b");
  std::ostringstream all;
  ASSERT_EQ(RunListCommand(directory_, /*json=*/true, all), absl::OkStatus());
  EXPECT_EQ(Json::parse(all.str()).at("entries").size(), 2u);
  std::ostringstream one;
  ASSERT_EQ(RunShowCommand(directory_, "a-", /*json=*/true, one), absl::OkStatus());
  const Json json = Json::parse(one.str());
  ASSERT_EQ(json.at("entries").size(), 1u);
  EXPECT_EQ(json.at("entries").at(0).at("name"), a);
  std::ostringstream none;
  EXPECT_EQ(RunShowCommand(directory_, "c", /*json=*/true, none).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(CacheCommandsTest, ATruncatedFileIsNamedAndHidesNoOther) {
  const std::string good = Store("good");
  const std::string torn = Store("torn");
  Truncate(torn);
  const std::string problem = absl::StrCat("not an entry: ", directory_, "/", torn, ": ");
  EXPECT_THAT(List(), AllOf(HasSubstr(good), HasSubstr(problem)));
  EXPECT_EQ(Show("good"), absl::OkStatus());
  EXPECT_THAT(shown_, AllOf(HasSubstr(good), HasSubstr(problem)));
  EXPECT_EQ(Show("torn").code(), absl::StatusCode::kNotFound);
}

TEST_F(CacheCommandsTest, ACacheThatIsNoDirectoryIsNamed) {
  std::ofstream(directory_) << "a file";
  EXPECT_THAT(List(), HasSubstr(absl::StrCat("not an entry: cannot list directory ", directory_)));
}

}  // namespace
}  // namespace attune
