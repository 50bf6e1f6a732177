#include "autotune/cli/cache/merge_command.h"

#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/workload/stored_workload.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class MergeCommandTest : public ::testing::Test {
 protected:
  MergeCommandTest()
      : root_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        from_(root_ + "/from"),
        into_(root_ + "/into") {
    std::filesystem::remove_all(root_);
  }

  // Stores an entry of `family`, and gives its name.
  std::string Store(const std::string& directory, const std::string& family, int64_t evaluations) {
    CacheEntry entry;
    entry.mutable_key()->set_family(family);
    *entry.mutable_key()->mutable_workload() = ToProto(*Workload::Parse("op[] n=64"));
    entry.set_evaluations(evaluations);
    EXPECT_TRUE(CacheDirectory(directory).Write(entry).ok());
    return CacheFileName(entry.key());
  }
  void Log(const std::string& directory, const std::string& name, const std::string& content) {
    ASSERT_TRUE(CreateDirectories(directory + "/trials").ok());
    ASSERT_TRUE(WriteFileAtomically(directory + "/trials/" + name + ".log", content).ok());
  }
  absl::Status Merge(bool dry_run = false, bool json = false) {
    std::ostringstream out;
    const absl::Status status = RunMergeCommand(from_, into_, dry_run, json, out);
    printed_ = out.str();
    return status;
  }
  int64_t Evaluations(const std::string& family) {
    const auto entries = CacheDirectory(into_).ReadFamily(family).entries;
    return entries.empty() ? -1 : entries[0].evaluations();
  }

  const std::string root_;
  const std::string from_;
  const std::string into_;
  std::string printed_;
};

TEST_F(MergeCommandTest, KeepsTheBetterEvidencedEntryAndSaysSo) {
  const std::string missing = Store(from_, "missing", 3);
  const std::string better = Store(from_, "better", 9);
  Store(into_, "better", 4);
  const std::string worse = Store(from_, "worse", 2);
  Store(into_, "worse", 5);
  ASSERT_EQ(Merge(), absl::OkStatus());
  EXPECT_THAT(
      printed_,
      AllOf(HasSubstr(absl::StrCat("added ", missing, ": there was none")),
            HasSubstr(absl::StrCat("replaced ", better, ": 9 configurations tried, against 4")),
            HasSubstr(absl::StrCat("kept ", worse, ": 5 configurations tried"))));
  EXPECT_EQ(Evaluations("missing"), 3);
  EXPECT_EQ(Evaluations("better"), 9);
  EXPECT_EQ(Evaluations("worse"), 5);
  ASSERT_EQ(Merge(), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr(absl::StrCat("kept ", missing, ": the same")));
}

TEST_F(MergeCommandTest, LogsComeAlongBesideThoseThatAreThere) {
  const std::string name = Store(from_, "a", 3);
  Log(from_, name, "theirs");
  Log(from_, name + ".2", "ours");
  Log(into_, name, "ours");
  ASSERT_EQ(Merge(), absl::OkStatus());
  EXPECT_THAT(*ListFiles(into_ + "/trials", ".log"), SizeIs(2));
  EXPECT_EQ(*ReadFile(absl::StrCat(into_, "/trials/", name, ".log")), "ours");
  EXPECT_EQ(*ReadFile(absl::StrCat(into_, "/trials/", name, ".2.log")), "theirs");
}

TEST_F(MergeCommandTest, ADryRunWritesNothing) {
  Store(from_, "a", 3);
  ASSERT_EQ(Merge(/*dry_run=*/true), absl::OkStatus());
  EXPECT_EQ(Evaluations("a"), -1);
  EXPECT_THAT(printed_, AllOf(HasSubstr("added a-"), HasSubstr("nothing was written")));
}

TEST_F(MergeCommandTest, UnreadableFilesAreNamedAndKeepNoOtherFromBeingMerged) {
  EXPECT_EQ(Merge().code(), absl::StatusCode::kNotFound);
  Store(from_, "a", 3);
  ASSERT_TRUE(WriteFileAtomically(from_ + "/b-0.pb", "junk").ok());
  EXPECT_EQ(Merge().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(printed_, HasSubstr("b-0.pb: "));
  EXPECT_EQ(Evaluations("a"), 3);
}

TEST_F(MergeCommandTest, WhatANewerProgramWroteStaysAndIsNamed) {
  const std::string path = absl::StrCat(into_, "/", Store(from_, "a", 3));
  Store(from_, "b", 3);
  CacheFile newer;
  newer.set_format_version(99);
  ASSERT_TRUE(CreateDirectories(into_).ok());
  ASSERT_TRUE(WriteFileAtomically(path, newer.SerializeAsString()).ok());
  EXPECT_EQ(Merge().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(printed_, AllOf(HasSubstr("kept a-"), HasSubstr("not an entry: " + path),
                              HasSubstr("version 99")));
  EXPECT_EQ(*ReadFile(path), newer.SerializeAsString());
  EXPECT_EQ(Evaluations("b"), 3);
}

TEST_F(MergeCommandTest, SaysItInJson) {
  const std::string name = Store(from_, "a", 3);
  ASSERT_EQ(Merge(/*dry_run=*/false, /*json=*/true), absl::OkStatus());
  const Json json = Json::parse(printed_);
  EXPECT_EQ(json.at("entries").at(0).at("name"), name);
  EXPECT_EQ(json.at("entries").at(0).at("action"), "added");
}

TEST_F(MergeCommandTest, DiffShowsWhatIsOnOneSideAndWhatIsNotTheSame) {
  const std::string here = Store(from_, "here", 1);
  const std::string there = Store(into_, "there", 1);
  const std::string both = Store(from_, "both", 1);
  Store(into_, "both", 2);
  Store(from_, "same", 1);
  Store(into_, "same", 1);
  std::ostringstream text;
  ASSERT_EQ(RunDiffCommand(from_, into_, /*json=*/false, text), absl::OkStatus());
  EXPECT_THAT(text.str(), AllOf(HasSubstr(here), HasSubstr(there), HasSubstr(both),
                                HasSubstr("3 entries differ, 1 are the same")));
  std::ostringstream out;
  ASSERT_EQ(RunDiffCommand(from_, into_, /*json=*/true, out), absl::OkStatus());
  const Json json = Json::parse(out.str());
  EXPECT_EQ(json.at("same"), 1);
  ASSERT_EQ(json.at("differences").size(), 3u);
  EXPECT_TRUE(json.at("differences").at(0).contains("left"));
}

TEST_F(MergeCommandTest, ACacheThatIsNotThereIsNotCompared) {
  Store(from_, "one", 1);
  std::ostringstream out;
  for (const auto& [left, right] : {std::pair(from_, into_ + "/none"), {into_ + "/none", from_}}) {
    const absl::Status status = RunDiffCommand(left, right, /*json=*/false, out);
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(status.message()), HasSubstr("/none: no such folder"));
  }
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace attune
