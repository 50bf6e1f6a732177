#include "autotune/cli/explain_command.h"

#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/workload/stored_workload.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ExplainCommandTest : public ::testing::Test {
 protected:
  ExplainCommandTest() {
    options_.cache_directory = absl::StrCat(
        ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(options_.cache_directory);
  }

  static CacheKey Key(const std::string& family, int64_t n) {
    CacheKey key;
    key.set_family(family);
    *key.mutable_workload() = ToProto(*Workload::Parse(absl::StrCat("op[] n=", n)));
    return key;
  }
  void Store(const CacheKey& key) {
    CacheEntry entry;
    *entry.mutable_key() = key;
    ASSERT_TRUE(CacheDirectory(options_.cache_directory).Write(entry).ok());
  }
  void Log(const CacheKey& key) {
    const std::string trials = options_.cache_directory + "/trials";
    ASSERT_TRUE(CreateDirectories(trials).ok());
    TrialLogHeader header;
    *header.mutable_key() = key;
    ASSERT_TRUE(
        TrialLogWriter::Open(absl::StrCat(trials, "/", CacheFileName(key), ".log"), header).ok());
  }
  absl::Status Explain() {
    std::ostringstream out;
    const absl::Status status = RunExplainCommand(options_, out);
    printed_ = out.str();
    return status;
  }

  ExplainCommandOptions options_;
  std::string printed_;
};

TEST_F(ExplainCommandTest, ExplainsEntriesAndSearchesThatLeftNone) {
  Store(Key("a", 1));
  Log(Key("b", 2));
  ASSERT_EQ(Explain(), absl::OkStatus());
  EXPECT_THAT(printed_, AllOf(HasSubstr(CacheFileName(Key("a", 1))), HasSubstr("no trial log"),
                              HasSubstr(CacheFileName(Key("b", 2))),
                              HasSubstr("the cache has no entry for it")));
}

TEST_F(ExplainCommandTest, ChoosesByNameFamilyAndWorkload) {
  for (const char* family : {"a", "b"}) {
    for (const int64_t n : {1, 2}) Store(Key(family, n));
  }
  options_.json = true;
  options_.entry = "a-";
  ASSERT_EQ(Explain(), absl::OkStatus());
  EXPECT_EQ(Json::parse(printed_).at("explanations").size(), 2u);
  options_.workload = *Workload::Parse("op[] n=2");
  ASSERT_EQ(Explain(), absl::OkStatus());
  ASSERT_EQ(Json::parse(printed_).at("explanations").size(), 1u);
  EXPECT_EQ(Json::parse(printed_).at("explanations").at(0).at("name"), CacheFileName(Key("a", 2)));
  options_.family = "b";
  EXPECT_EQ(Explain().code(), absl::StatusCode::kNotFound);
}

TEST_F(ExplainCommandTest, FilesThatCannotBeReadAreNamed) {
  Store(Key("a", 1));
  ASSERT_TRUE(WriteFileAtomically(options_.cache_directory + "/b-0.pb", "junk").ok());
  ASSERT_EQ(Explain(), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("not readable: "));
  EXPECT_THAT(printed_, HasSubstr("b-0.pb"));
}

}  // namespace
}  // namespace attune
