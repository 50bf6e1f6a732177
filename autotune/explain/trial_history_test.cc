#include "autotune/explain/trial_history.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "autotune/space/stored_configuration.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TrialLogHeader Header(const std::string& family, const std::string& space = "space") {
  TrialLogHeader header;
  header.mutable_key()->set_family(family);
  header.set_space(space);
  return header;
}

Trial MakeTrial(int64_t tile, double nanoseconds, int64_t microseconds) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(Configuration({{"tile", tile}}));
  trial.set_outcome(Trial::OK);
  trial.add_nanoseconds(nanoseconds);
  trial.set_unix_microseconds(microseconds);
  return trial;
}

TEST(TrialHistoryTest, LogsWithOneHeaderAreOneHistoryOfTheLastRecords) {
  const TrialLog first = {Header("a"), {MakeTrial(1, 10, 1), MakeTrial(2, 20, 2)}};
  const TrialLog second = {Header("a"), {MakeTrial(1, 11, 5)}};
  const TrialLog other = {Header("b"), {MakeTrial(1, 30, 3)}};
  const std::vector<TrialHistory> histories =
      JoinTrialLogs({first, second, other}, {"a.log", "a.2.log", "b.log"});
  ASSERT_THAT(histories, SizeIs(2));
  EXPECT_THAT(histories[0].paths, ElementsAre("a.log", "a.2.log"));
  EXPECT_EQ(histories[0].records, 3);
  EXPECT_EQ(histories[0].last_unix_microseconds, 5);
  ASSERT_THAT(histories[0].trials, SizeIs(2));
  EXPECT_EQ(histories[0].trials[0].nanoseconds(0), 11);
  EXPECT_EQ(histories[0].trials[1].nanoseconds(0), 20);
  EXPECT_THAT(histories[1].trials, SizeIs(1));
}

TEST(TrialHistoryTest, OfSeveralSpacesOfAKeyTheLatestCounts) {
  const std::vector<TrialHistory> histories = JoinTrialLogs(
      {{Header("a", "new"), {MakeTrial(1, 1, 9)}}, {Header("a", "old"), {MakeTrial(1, 1, 2)}}},
      {"a.2.log", "a.log"});
  ASSERT_THAT(histories, SizeIs(2));
  const TrialHistory* latest = LatestHistory(histories, Header("a").key());
  ASSERT_NE(latest, nullptr);
  EXPECT_EQ(latest->header.space(), "new");
  EXPECT_EQ(LatestHistory(histories, Header("b").key()), nullptr);
}

TEST(TrialHistoryTest, FilesThatAreNoLogsAreNamed) {
  const std::string directory = absl::StrCat(::testing::TempDir(), "/trial_history");
  std::filesystem::remove_all(directory);
  EXPECT_THAT(ReadTrialHistories(directory).histories, SizeIs(0));
  ASSERT_TRUE(CreateDirectories(directory).ok());
  {
    auto writer = TrialLogWriter::Open(directory + "/a.log", Header("a"));
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE(writer->Append(MakeTrial(1, 1, 1)).ok());
  }
  ASSERT_TRUE(WriteFileAtomically(directory + "/b.log", "some text").ok());
  const TrialHistories read = ReadTrialHistories(directory);
  ASSERT_THAT(read.histories, SizeIs(1));
  EXPECT_THAT(read.histories[0].trials, SizeIs(1));
  EXPECT_THAT(read.problems, ElementsAre(HasSubstr("b.log: ")));
}

}  // namespace
}  // namespace attune
