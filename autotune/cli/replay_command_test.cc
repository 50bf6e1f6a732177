#include "autotune/cli/replay_command.h"

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/replay/recorded_search.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/workload/stored_workload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

[[maybe_unused]] const bool kRegistered =
    RegisterKernelFamily(std::make_unique<TestingKernelFamily>("testing"));

class ReplayCommandTest : public ::testing::Test {
 protected:
  ReplayCommandTest() { std::filesystem::create_directories(directory_); }
  ~ReplayCommandTest() override { std::filesystem::remove_all(directory_); }

  // The log of a search that tried every block size.
  std::string WriteLog(const std::string& family) {
    TrialLogHeader header;
    header.mutable_key()->set_family(family);
    header.mutable_key()->set_device_model("Testing GPU");
    *header.mutable_key()->mutable_workload() = ToProto(TestingKernelFamily::MakeWorkload(64));
    const std::string path = directory_ + "/" + family + ".log";
    TrialLogWriter log = TrialLogWriter::Open(path, header).value();
    for (const int64_t block : {8, 1, 2, 4, 16, 32, 64}) {
      Trial trial;
      *trial.mutable_configuration() = ToProto(Configuration({{"block", block}, {"unroll", 1}}));
      trial.set_outcome(block == 1 ? Trial::TIMEOUT : Trial::OK);
      trial.set_prepare_seconds(1);
      for (int i = 0; i < 5 && block > 1; ++i) {
        trial.add_nanoseconds(1000.0 * static_cast<double>(100 - block));
      }
      EXPECT_TRUE(log.Append(trial).ok());
    }
    return path;
  }

  absl::Status Record(const std::string& log, const std::string& name) {
    return RunRecordCommand(log, directory_ + "/" + name, out_);
  }
  absl::Status Replay(ReplayCommandOptions options) {
    out_.str("");
    options.assessment.seeds = 4;
    return RunReplayCommand(options, out_);
  }

  const std::string directory_ = absl::StrCat(
      ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::ostringstream out_;
};

TEST_F(ReplayCommandTest, RecordsALogAndJudgesEveryStrategyOnIt) {
  ASSERT_TRUE(Record(WriteLog("testing"), "small.search.pb").ok());
  EXPECT_THAT(out_.str(), HasSubstr("wrote 7 candidates, of which 6 ran, to "));
  const absl::Status status = Replay({.paths = {directory_}});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(out_.str(), HasSubstr("small: testing on Testing GPU\ntesting_op[] n=64\n"));
  EXPECT_THAT(out_.str(), HasSubstr("7 candidates; the fastest takes 36 us; untuned runs at 0.39"));
  for (const std::string& strategy : SearcherNames()) {
    EXPECT_THAT(out_.str(), HasSubstr(absl::StrCat("\n", strategy, " ")));
  }
}

TEST_F(ReplayCommandTest, OneStrategyAsJson) {
  ASSERT_TRUE(Record(WriteLog("testing"), "small.search.pb").ok());
  ASSERT_TRUE(
      Replay({.paths = {directory_ + "/small.search.pb"}, .strategy = "model", .json = true}).ok());
  const auto json = nlohmann::json::parse(out_.str());
  ASSERT_EQ(json["searches"].size(), 1u);
  EXPECT_EQ(json["searches"][0]["name"], "small");
  ASSERT_EQ(json["searches"][0]["strategies"].size(), 1u);
  EXPECT_EQ(json["searches"][0]["strategies"][0]["strategy"], "model");
}

TEST_F(ReplayCommandTest, NothingToReplayIsAnErrorThatSaysWhatToDo) {
  const absl::Status status = Replay({.paths = {directory_}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(directory_), HasSubstr("autotune record LOG FILE")));
}

TEST_F(ReplayCommandTest, UnknownStrategyIsAnError) {
  ASSERT_TRUE(Record(WriteLog("testing"), "small.search.pb").ok());
  EXPECT_THAT(std::string(Replay({.paths = {directory_}, .strategy = "luck"}).message()),
              HasSubstr("no search strategy \"luck\""));
}

TEST_F(ReplayCommandTest, LogOfAnUnknownFamilyIsNamed) {
  EXPECT_THAT(std::string(Record(WriteLog("foreign"), "small.search.pb").message()),
              HasSubstr("of the family 'foreign'"));
  EXPECT_THAT(std::string(Record(directory_ + "/none.log", "small.search.pb").message()),
              HasSubstr("none.log"));
}

TEST_F(ReplayCommandTest, LogOfAnotherSpaceIsNamed) {
  const std::string path = WriteLog("testing");
  {
    TrialLogWriter log = TrialLogWriter::Open(path, ReadTrialLog(path)->header).value();
    Trial trial;
    *trial.mutable_configuration() = ToProto(Configuration({{"block", 8}, {"depth", 1}}));
    ASSERT_TRUE(log.Append(trial).ok());
  }
  const absl::Status status = Record(path, "small.search.pb");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is the log of another space of testing"));
}

TEST_F(ReplayCommandTest, NameOfARecordSaysWhatItIs) {
  EXPECT_THAT(std::string(Record(WriteLog("testing"), "small.txt").message()),
              HasSubstr("ends in .search.pb"));
}

}  // namespace
}  // namespace attune
