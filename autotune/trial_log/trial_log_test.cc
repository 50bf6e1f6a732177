#include "autotune/trial_log/trial_log.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TrialLogHeader MakeHeader(const std::string& family = "tile") {
  TrialLogHeader header;
  header.mutable_key()->set_family(family);
  header.set_space("kernel: \"tile\"");
  return header;
}

Trial MakeTrial(int64_t value, Trial::Outcome outcome = Trial::OK) {
  Trial trial;
  ConfigurationProto::Entry* entry = trial.mutable_configuration()->add_entry();
  entry->set_name("x");
  entry->set_value(value);
  trial.set_outcome(outcome);
  trial.add_nanoseconds(1.5);
  return trial;
}

FinishedTune Finished(double search_seconds) {
  FinishedTune finished;
  finished.set_search_seconds(search_seconds);
  return finished;
}

int64_t ValueOf(const Trial& trial) { return trial.configuration().entry(0).value(); }

class TrialLogTest : public ::testing::Test {
 protected:
  TrialLogTest()
      : path_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(path_);
  }

  TrialLogWriter Open() {
    absl::StatusOr<TrialLogWriter> writer = TrialLogWriter::Open(path_, MakeHeader());
    EXPECT_TRUE(writer.ok()) << writer.status();
    return *std::move(writer);
  }

  // A log of trials 0, 1, ... count - 1.
  void WriteLog(int64_t count) {
    TrialLogWriter writer = Open();
    for (int64_t i = 0; i < count; ++i) ASSERT_TRUE(writer.Append(MakeTrial(i)).ok());
  }

  const std::string path_;
};

TEST_F(TrialLogTest, ReadsBackHeaderAndTrials) {
  {
    TrialLogWriter writer = Open();
    EXPECT_THAT(writer.unfinished_trials(), IsEmpty());
    ASSERT_TRUE(writer.Append(MakeTrial(1)).ok());
    ASSERT_TRUE(writer.Append(MakeTrial(2, Trial::COMPILE_ERROR)).ok());
  }
  const absl::StatusOr<TrialLog> log = ReadTrialLog(path_);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->header.key().family(), "tile");
  EXPECT_EQ(log->header.format_version(), kTrialLogFormatVersion);
  ASSERT_THAT(log->trials, SizeIs(2));
  EXPECT_EQ(ValueOf(log->trials[0]), 1);
  EXPECT_EQ(log->trials[0].nanoseconds(0), 1.5);
  EXPECT_EQ(log->trials[1].outcome(), Trial::COMPILE_ERROR);
  EXPECT_EQ(log->torn_bytes, 0);
}

TEST_F(TrialLogTest, RecordsAreThereWhileTheWriterLives) {
  TrialLogWriter writer = Open();
  ASSERT_TRUE(writer.Append(MakeTrial(1)).ok());
  EXPECT_THAT(ReadTrialLog(path_)->trials, SizeIs(1));
}

TEST_F(TrialLogTest, ReopenedLogGoesOn) {
  WriteLog(2);
  TrialLogWriter writer = Open();
  EXPECT_THAT(writer.unfinished_trials(), SizeIs(2));
  ASSERT_TRUE(writer.Append(MakeTrial(2)).ok());
  EXPECT_THAT(ReadTrialLog(path_)->trials, SizeIs(3));
}

TEST_F(TrialLogTest, WhatAFinishedTuneTriedIsNotGoneOnFrom) {
  {
    TrialLogWriter writer = Open();
    ASSERT_TRUE(writer.Append(MakeTrial(1)).ok());
    ASSERT_TRUE(writer.AppendFinished(Finished(3)).ok());
  }
  EXPECT_THAT(Open().unfinished_trials(), IsEmpty());
  EXPECT_EQ(ReadTrialLog(path_)->finished->search_seconds(), 3);
  ASSERT_TRUE(Open().Append(MakeTrial(2)).ok());
  const TrialLogWriter writer = Open();
  ASSERT_THAT(writer.unfinished_trials(), SizeIs(1));
  EXPECT_EQ(ValueOf(writer.unfinished_trials()[0]), 2);
  EXPECT_THAT(ReadTrialLog(path_)->trials, SizeIs(2));
}

TEST_F(TrialLogTest, EveryTornTailLosesOnlyTheTornRecord) {
  WriteLog(2);
  const std::string two = *ReadFile(path_);
  WriteLog(0);
  {
    TrialLogWriter writer = Open();
    ASSERT_TRUE(writer.Append(MakeTrial(2)).ok());
  }
  const std::string three = *ReadFile(path_);
  for (size_t length = two.size(); length < three.size(); ++length) {
    const absl::StatusOr<TrialLog> log = ParseTrialLog(three.substr(0, length));
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_THAT(log->trials, SizeIs(2));
    EXPECT_EQ(log->torn_bytes, static_cast<int64_t>(length - two.size()));
  }
}

TEST_F(TrialLogTest, TornRecordIsCutOffBeforeAppending) {
  WriteLog(3);
  const std::string whole = *ReadFile(path_);
  ASSERT_TRUE(WriteFileAtomically(path_, whole.substr(0, whole.size() - 3)).ok());
  {
    TrialLogWriter writer = Open();
    EXPECT_GT(writer.dropped_bytes(), 0);
    EXPECT_EQ(static_cast<int64_t>(ReadFile(path_ + ".torn")->size()), writer.dropped_bytes());
    EXPECT_THAT(writer.unfinished_trials(), SizeIs(2));
    ASSERT_TRUE(writer.Append(MakeTrial(9)).ok());
  }
  const absl::StatusOr<TrialLog> log = ReadTrialLog(path_);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_THAT(log->trials, SizeIs(3));
  EXPECT_EQ(ValueOf(log->trials[2]), 9);
}

TEST_F(TrialLogTest, LogOfAnotherKeyIsNotContinued) {
  WriteLog(1);
  const absl::Status status = TrialLogWriter::Open(path_, MakeHeader("other")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_THAT(ReadTrialLog(path_)->trials, SizeIs(1));
}

TEST_F(TrialLogTest, SecondWriterIsRefused) {
  const TrialLogWriter writer = Open();
  EXPECT_EQ(TrialLogWriter::Open(path_, MakeHeader()).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(TrialLogTest, FilesThatAreNoLogAreRefusedAndKept) {
  for (const std::string& content :
       {std::string("some text"), std::string(100, '\xff'), std::string("\0\0\0", 3)}) {
    ASSERT_TRUE(WriteFileAtomically(path_, content).ok());
    EXPECT_EQ(ReadTrialLog(path_).status().code(), absl::StatusCode::kDataLoss);
    EXPECT_FALSE(TrialLogWriter::Open(path_, MakeHeader()).ok());
    EXPECT_EQ(*ReadFile(path_), content);
  }
  EXPECT_EQ(ParseTrialLog("").status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(TrialLogTest, DamagedRecordInTheMiddleIsAnErrorWithItsPlace) {
  WriteLog(1);
  const std::string damaged = *ReadFile(path_) + std::string("\x02\xff\xff\x00", 4);
  const absl::Status status = ParseTrialLog(damaged).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is damaged"));
}

TEST_F(TrialLogTest, NewerFormatIsRefused) {
  TrialLogRecord record;
  record.mutable_header()->set_format_version(9);
  const std::string bytes = record.SerializeAsString();
  const absl::Status status =
      ParseTrialLog(std::string(1, static_cast<char>(bytes.size())) + bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 9"));
}

TEST_F(TrialLogTest, UnwritablePathIsNamed) {
  const absl::Status status = TrialLogWriter::Open("/nonexistent/log", MakeHeader()).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nonexistent/log"));
}

}  // namespace
}  // namespace attune
