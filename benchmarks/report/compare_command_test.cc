#include "benchmarks/report/compare_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::string WriteResults(const std::string& name, double nanoseconds) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  std::string rows;
  for (int i = 0; i < 9; ++i) {
    absl::StrAppend(&rows, i == 0 ? "" : ",", R"({"name": "a", "real_time": )", nanoseconds + i,
                    "}");
  }
  const std::string json = absl::StrCat("{\"benchmarks\": [", rows, "]}");
  EXPECT_TRUE(WriteFileAtomically(path, json).ok());
  return path;
}

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome RunCompare(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = RunCompareCommand(arguments, out, err);
  return {code, out.str(), err.str()};
}

TEST(CompareCommandTest, TheExitCodeSaysWhetherSomethingBecameSlower) {
  const std::string fast = WriteResults("fast.json", 1000);
  const std::string slow = WriteResults("slow.json", 1100);
  EXPECT_EQ(RunCompare({fast, slow}).code, 1);
  EXPECT_EQ(RunCompare({slow, fast}).code, 0);
  EXPECT_EQ(RunCompare({fast, fast}).code, 0);
  EXPECT_EQ(RunCompare({fast, slow, "--bound=15"}).code, 0);
  EXPECT_EQ(RunCompare({fast, slow, "--confidence=99.9999"}).code, 0);
  EXPECT_THAT(RunCompare({fast, slow, "--json"}).out, HasSubstr("\"regression\": true"));
}

TEST(CompareCommandTest, WhatCannotBeComparedIsSaidAndExitsWithTwo) {
  const std::string good = WriteResults("good.json", 1000);
  const std::string cut = absl::StrCat(::testing::TempDir(), "/cut_off.json");
  ASSERT_TRUE(WriteFileAtomically(cut, "{\"benchmarks\": [").ok());
  EXPECT_EQ(RunCompare({good, cut}).code, 2);
  EXPECT_THAT(RunCompare({good, cut}).err, HasSubstr("cut_off.json: the file ends in the middle"));
  EXPECT_EQ(RunCompare({good, "/nowhere.json"}).code, 2);
  EXPECT_EQ(RunCompare({good}).code, 2);
  EXPECT_EQ(RunCompare({good, good, "--bound=x"}).code, 2);
  EXPECT_EQ(RunCompare({good, good, "--unknown"}).code, 2);
}

TEST(CompareCommandTest, HelpNeedsNoFiles) {
  EXPECT_EQ(RunCompare({"--help"}).code, 0);
  EXPECT_THAT(RunCompare({"--help"}).out, HasSubstr("Exit code"));
}

}  // namespace
}  // namespace attune
