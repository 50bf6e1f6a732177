#include "autotune/cli/tune_command.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "autotune/cache_directory.h"
#include "autotune/cache_entry.h"
#include "autotune/registry.h"
#include "autotune/testing_kernel_family.h"
#include "autotune/trial_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// What the registered family does when it verifies; the registry lives as long as the process.
TestingKernelSteps::Step g_verify;

absl::Status Verify(const Configuration& configuration) {
  return g_verify ? g_verify(configuration) : absl::OkStatus();
}

[[maybe_unused]] const bool kRegistered = [] {
  RegisterKernelFamily(std::make_unique<TestingKernelFamily>("huge_testing", TestingKernelSteps{},
                                                             /*min_size=*/5000, /*max_size=*/6000));
  return RegisterKernelFamily(std::make_unique<TestingKernelFamily>(
      "testing", TestingKernelSteps{.prepare = {}, .verify = Verify, .launch = {}}));
}();

NamedWorkload Size(int64_t n) {
  return {absl::StrCat("size_", n), TestingKernelFamily::MakeWorkload(n)};
}

class TuneCommandTest : public ::testing::Test {
 protected:
  TuneCommandTest() {
    g_verify = nullptr;
    options_.device = "cpu";
    options_.evaluations = 1;
    options_.workloads = {Size(64)};
    options_.cache_directory = absl::StrCat(
        ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(options_.cache_directory);
  }

  absl::Status Tune() {
    std::ostringstream out;
    const absl::Status status = RunTuneCommand(options_, out);
    printed_ = out.str();
    return status;
  }
  void ExpectError(absl::StatusCode code, const std::string& text) {
    const absl::Status status = Tune();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
  std::vector<CacheEntry> Entries() {
    const auto contents = CacheDirectory(options_.cache_directory).ReadAll();
    EXPECT_THAT(contents.problems, ::testing::IsEmpty());
    return contents.entries;
  }
  std::string LogPath(const CacheKey& key, const std::string& number = "") {
    return absl::StrCat(options_.cache_directory, "/trials/", CacheFileName(key), number, ".log");
  }

  TuneCommandOptions options_;
  std::string printed_;
};

TEST_F(TuneCommandTest, KeepsWhatItFoundAndEveryTrial) {
  options_.evaluations = 3;
  ASSERT_EQ(Tune(), absl::OkStatus());
  const std::vector<CacheEntry> entries = Entries();
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(FromProto(entries[0].key().workload()), Size(64).workload);
  EXPECT_EQ(entries[0].evaluations(), 3);
  const auto log = ReadTrialLog(LogPath(entries[0].key()));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_THAT(log->trials, SizeIs(3));
  EXPECT_THAT(log->header.space(), HasSubstr("name: 'block'"));
  EXPECT_EQ(log->header.space_size(), 16);
  EXPECT_EQ(log->header.constraint(0).name(), "block_fits");
  EXPECT_THAT(printed_, AllOf(HasSubstr("[1/1] size_64, testing on cpu ..."),
                              HasSubstr("after 3 trials"), HasSubstr("speed-up"),
                              HasSubstr(absl::StrCat("cache: ", options_.cache_directory))));
}

TEST_F(TuneCommandTest, UnknownNamesAreErrorsThatListTheKnownOnes) {
  options_.strategy = "clairvoyant";
  ExpectError(absl::StatusCode::kInvalidArgument, "'clairvoyant'; there are exhaustive, genetic, ");
  options_.strategy = "random";
  options_.family = "tseting";
  ExpectError(absl::StatusCode::kNotFound, "'tseting'; there are huge_testing, testing");
  options_.family = "";
  options_.device = "tpu:0";
  ExpectError(absl::StatusCode::kNotFound, "'tpu:0'");
}

TEST_F(TuneCommandTest, ACacheThatCannotBeWrittenIsFoundBeforeAnythingIsTuned) {
  std::ofstream(options_.cache_directory) << "a file";
  options_.cache_directory += "/below";
  int verified = 0;
  g_verify = [&](const Configuration&) {
    ++verified;
    return absl::OkStatus();
  };
  ExpectError(absl::StatusCode::kFailedPrecondition, "the cache directory cannot be written");
  EXPECT_EQ(verified, 0);
}

TEST_F(TuneCommandTest, WhatNoFamilySupportsIsReportedBesideTheRest) {
  options_.workloads = {Size(2000), Size(64)};
  ExpectError(absl::StatusCode::kUnimplemented, "no family can run 1 of 2 workloads");
  EXPECT_THAT(printed_, HasSubstr("not tuned: size_2000 on cpu: huge_testing: n is below 5000; "
                                  "testing: n is above 1000"));
  EXPECT_THAT(Entries(), SizeIs(1));
}

TEST_F(TuneCommandTest, WhatOnlyAnotherFamilySupportsIsReportedAndNoError) {
  options_.workloads = {Size(5000), Size(64)};
  options_.family = "testing";
  EXPECT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("not tuned: size_5000 on cpu: testing: n is above 1000"));
  EXPECT_THAT(Entries(), SizeIs(1));
}

TEST_F(TuneCommandTest, ALogOfTrialsInAnotherSpaceIsLeftAsItIs) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  const CacheKey key = Entries().at(0).key();
  std::filesystem::remove(LogPath(key));
  TrialLogHeader header;
  *header.mutable_key() = key;
  header.set_space("of last year");
  ASSERT_TRUE(TrialLogWriter::Open(LogPath(key), header).ok());
  ASSERT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(ReadTrialLog(LogPath(key))->trials, SizeIs(0));
  EXPECT_THAT(ReadTrialLog(LogPath(key, ".2"))->trials, SizeIs(1));
}

TEST_F(TuneCommandTest, NothingToTuneIsAnError) {
  options_.workloads = {Size(2000)};
  ExpectError(absl::StatusCode::kFailedPrecondition, "nothing to tune: size_2000 on cpu");
  options_.workloads = {};
  ExpectError(absl::StatusCode::kFailedPrecondition, "no default suite");
}

TEST_F(TuneCommandTest, AWorkloadThatFailsKeepsNoOtherFromBeingTuned) {
  options_.workloads = {Size(64), Size(128)};
  int verified = 0;
  g_verify = [&](const Configuration&) {
    return ++verified == 1 ? absl::DataLossError("out: MAE 3") : absl::OkStatus();
  };
  ExpectError(absl::StatusCode::kInternal, "1 of 2 workloads could not be tuned");
  EXPECT_THAT(printed_, AllOf(HasSubstr("WRONG_RESULT: out: MAE 3"), HasSubstr("size_128")));
  EXPECT_THAT(Entries(), SizeIs(1));
}

TEST_F(TuneCommandTest, CancellingKeepsWhatIsDone) {
  std::atomic<bool> cancelled = false;
  options_.cancelled = &cancelled;
  options_.workloads = {Size(64), Size(128), Size(256)};
  int verified = 0;
  g_verify = [&](const Configuration&) {
    cancelled = ++verified == 2;
    return absl::OkStatus();
  };
  ExpectError(absl::StatusCode::kCancelled, "1 of 3 workloads were tuned and kept");
  EXPECT_THAT(Entries(), SizeIs(1));
  EXPECT_THAT(printed_, Not(HasSubstr("[3/3]")));
}

TEST_F(TuneCommandTest, ALogThatAnotherProcessWritesIsLeftToIt) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  const CacheKey key = Entries().at(0).key();
  const TrialLogHeader header = ReadTrialLog(LogPath(key))->header;
  const auto taken = TrialLogWriter::Open(LogPath(key), header);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(Tune(), absl::OkStatus());
  for (const char* number : {"", ".2"}) {
    const auto log = ReadTrialLog(LogPath(key, number));
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_THAT(log->trials, SizeIs(1));
  }
}

TEST_F(TuneCommandTest, ATimeThatIsOverStillTunesTheDefaults) {
  options_.evaluations = INT64_MAX;
  options_.budget = absl::ZeroDuration();
  options_.workloads = {Size(64), Size(128)};
  EXPECT_EQ(Tune(), absl::OkStatus());
  for (const CacheEntry& entry : Entries()) EXPECT_EQ(entry.evaluations(), 1);
  EXPECT_THAT(Entries(), SizeIs(2));
}

TEST_F(TuneCommandTest, ResumesWhatWasCutShort) {
  options_.evaluations = 2;
  ASSERT_TRUE(Tune().ok());
  const std::string log = LogPath(Entries().front().key());
  EXPECT_THAT(ReadTrialLog(log)->trials, SizeIs(2));
  // 14 configurations of size 64; the two of before count, and those that the final needs run
  // again.
  options_.evaluations = 14;
  options_.resume = true;
  ASSERT_TRUE(Tune().ok());
  const std::vector<Trial> trials = ReadTrialLog(log)->trials;
  std::set<std::string> configurations;
  for (const Trial& trial : trials) {
    configurations.insert(FromProto(trial.configuration()).ToString());
  }
  EXPECT_EQ(configurations.size(), 14u);
  EXPECT_GE(trials.size(), 2 + 12u);
  EXPECT_LE(trials.size(), 2 + 14u);
}

}  // namespace
}  // namespace attune
