// gpu_test over bundles of shell scripts that stand in for its programs.
#include "testing/report/gpu_test.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

constexpr char kProbe[] =
    R"(echo '{"device": "cuda:0: Fake", "free_bytes": 20000000000, "total_bytes": 24000000000}')";

// Writes `json` where --gtest_output says.
std::string TestProgram(const std::string& json, int exit_code = 0) {
  return absl::StrCat("file=${1#--gtest_output=json:}\ncat >\"$file\" <<'END'\n", json,
                      "\nEND\nexit ", exit_code);
}

std::string Case(const std::string& name, const std::string& more = "") {
  return absl::StrCat(R"({"testsuites": [{"name": "S", "testsuite": [{"name": ")", name,
                      R"(", "status": "RUN", "result": "COMPLETED", "time": "0.5s")", more,
                      "}]}]}");
}

class GpuTestTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ =
        testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    fs::create_directories(root_ + "/bundle/bin");
    Write("bundle/programs.tsv", "assertions\ton\nkind\tlabel\tprogram\n");
    Add("tool", "//testing/gpu:gpu_validate", kProbe);
  }

  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(root_ + "/" + name, text).ok());
  }
  std::string Read(const std::string& name) {
    const auto text = ReadFile(root_ + "/" + name);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.ok() ? *text : "";
  }

  // A program that is `script`.
  void Add(const std::string& kind, const std::string& label, const std::string& script) {
    const std::string name = absl::StrCat("bin/", label.substr(label.rfind(':') + 1));
    Write("bundle/" + name, absl::StrCat("#!/bin/sh\n", script, "\n"));
    fs::permissions(root_ + "/bundle/" + name, fs::perms::owner_all);
    const std::string row = absl::StrCat(kind, "\t", label, "\t", name, "\n");
    const std::string list = Read("bundle/programs.tsv");
    if (!absl::StrContains(list, row)) Write("bundle/programs.tsv", list + row);
  }

  int Run(std::vector<std::string> arguments) {
    arguments.push_back("--bundle=" + root_ + "/bundle");
    arguments.push_back("--report-dir=" + root_ + "/reports");
    out_.str("");
    return GpuTest(arguments, out_, errors_);
  }
  void ExpectOut(absl::string_view part) {
    EXPECT_TRUE(absl::StrContains(out_.str(), part)) << part << "\nis not in\n" << out_.str();
  }

  std::string root_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST_F(GpuTestTest, TestsThatPassGiveZeroAndThreeReports) {
  Add("test", "//device/cuda:a_test", TestProgram(Case("T")));
  EXPECT_EQ(Run({"test"}), 0) << out_.str();
  ExpectOut("cuda:0: Fake");
  ExpectOut("//device/cuda:a_test: 1 passed, 0 failed, 0 blocked, 0 skipped");
  ExpectOut("this build has no ternary operator");
  EXPECT_TRUE(absl::StrContains(Read("reports/test.json"), "\"name\": \"S.T\""));
  EXPECT_TRUE(absl::StrContains(Read("reports/test.xml"), "tests=\"1\" failures=\"0\""));
  EXPECT_TRUE(absl::StrContains(Read("reports/test.html"), "20.0 GB free of 24.0 GB"));
}

TEST_F(GpuTestTest, FailuresSkipsAndNothingAtAllAreNoPass) {
  Add("test", "//device/cuda:a_test",
      TestProgram(Case("T", R"(, "failures": [{"failure": "wrong <b>"}])"), 1));
  EXPECT_EQ(Run({"test"}), 1);
  ExpectOut("FAIL  S.T: wrong <b>");
  EXPECT_TRUE(absl::StrContains(Read("reports/test.html"), "wrong &lt;b&gt;"));
  Add("test", "//device/cuda:a_test", TestProgram(Case("T", R"(, "skipped": [{"message": "m"}])")));
  EXPECT_EQ(Run({"test"}), 2);
  ExpectOut("SKIPPED  S.T: m");
  EXPECT_EQ(Run({"test", "attention"}), 1);
  ExpectOut("FAIL: nothing ran");
}

TEST_F(GpuTestTest, ATestThatNeverEndsIsKilled) {
  Add("test", "//device/cuda:a_test", "echo stuck; sleep 600");
  EXPECT_EQ(Run({"test", "--timeout", "1"}), 1);
  ExpectOut("no end after 1");
  ExpectOut("stuck");
}

TEST_F(GpuTestTest, EveryIterationIsReported) {
  Add("test", "//device/cuda:a_test", TestProgram(Case("T")));
  EXPECT_EQ(Run({"test", "--iterations", "2"}), 0) << out_.str();
  EXPECT_TRUE(absl::StrContains(Read("reports/test.json"), "S.T (run 2)"));
}

TEST_F(GpuTestTest, WithoutAGpuEveryCommandIsBlockedAndSaysWhyInItsReports) {
  Add("tool", "//testing/gpu:gpu_validate", "echo 'BLOCKED: no driver'; exit 2");
  Add("test", "//device/cuda:a_test", TestProgram(Case("T")));
  for (const std::string command : {"test", "benchmark", "profile", "validate"}) {
    EXPECT_EQ(Run({command}), 2) << command;
    ExpectOut("BLOCKED: no driver");
    EXPECT_TRUE(absl::StrContains(Read("reports/" + command + ".xml"), "BLOCKED: no driver"));
    EXPECT_TRUE(absl::StrContains(Read("reports/" + command + ".html"), "no driver"));
  }
}

TEST_F(GpuTestTest, TooLittleFreeMemoryBlocksWithBothFigures) {
  Add("test", "//device/cuda:a_test", TestProgram(Case("T")));
  EXPECT_EQ(Run({"test", "--min-vram", "20"}), 0) << out_.str();
  EXPECT_EQ(Run({"test", "--min-vram", "21"}), 2);
  ExpectOut("BLOCKED: --min-vram asks for 21.0 GB; of the GPU's 24.0 GB 20.0 GB are free");
}

TEST_F(GpuTestTest, AReleaseBuildIsNotPretended) {
  Add("test", "//device/cuda:a_test", TestProgram(Case("T")));
  EXPECT_EQ(Run({"test", "--release"}), 2);
  ExpectOut("BLOCKED: --release: this bundle was built with assertions");
}

TEST_F(GpuTestTest, TernaryIsBlockedUntilThereIsSuchAnOperator) {
  EXPECT_EQ(Run({"test", "ternary"}), 2);
  ExpectOut("BLOCKED: this build has no ternary operator");
  Add("test", "//attention/ternary/cuda:t_test", TestProgram(Case("T")));
  EXPECT_EQ(Run({"test", "ternary"}), 0) << out_.str();
}

TEST_F(GpuTestTest, BenchmarksAreSummarisedAndComparedWithTheCpu) {
  Add("benchmark", "//benchmarks:gpu_b_benchmark", R"(file=${1#--benchmark_out=}
cat >"$file" <<'END'
{"benchmarks": [
  {"name": "p/portable_forward", "run_type": "iteration", "real_time": 2, "time_unit": "us", "TFLOP/s": 3},
  {"name": "p/cpu_forward", "run_type": "iteration", "real_time": 3, "time_unit": "us"}]}
END)");
  EXPECT_EQ(Run({"benchmark"}), 1);
  ExpectOut("3 us on the CPU, 2 us on the GPU: 1.5x");
  ExpectOut("3000");
  EXPECT_TRUE(absl::StrContains(Read("reports/benchmark.json"), "\"gflops\": 3000.0"));
}

TEST_F(GpuTestTest, ValidationIsTakenFromItsProgram) {
  Add("tool", "//testing/gpu:gpu_validate",
      absl::StrCat("if [ \"$1\" = --probe ]; then ", kProbe,
                   R"(; exit; fi
cat >"${1#--out=}" <<'END'
{"cases": [{"name": "small", "outcome": "FAIL", "message": "off by one"}],
 "tables": [{"title": "Families", "columns": ["a"], "rows": [["b"]]}]}
END
exit 1)"));
  EXPECT_EQ(Run({"validate"}), 1);
  ExpectOut("FAIL  small: off by one");
  ExpectOut("Families");
}

TEST_F(GpuTestTest, CleaningLeavesWhatOthersPutThere) {
  Add("test", "//device/cuda:a_test", TestProgram(Case("T")));
  ASSERT_EQ(Run({"test"}), 0) << out_.str();
  Write("reports/notes.txt", "mine");
  EXPECT_EQ(Run({"clean"}), 0);
  ExpectOut("left, not written by gpu_test: notes.txt");
  EXPECT_FALSE(fs::exists(root_ + "/reports/test.json"));
  EXPECT_FALSE(fs::exists(root_ + "/reports/artifacts"));
  EXPECT_TRUE(fs::exists(root_ + "/reports/notes.txt"));
}

TEST_F(GpuTestTest, WhatNeedsNoBundleIsDoneWithoutOne) {
  std::ostringstream out;
  EXPECT_EQ(GpuTest({"--without_bundle", "--help"}, out, errors_), 0);
  EXPECT_TRUE(absl::StrContains(out.str(), "--min-vram GB"));
  EXPECT_EQ(GpuTest({"--without_bundle", "clean", "--report-dir", root_ + "/none"}, out, errors_),
            0);
  EXPECT_EQ(GpuTest({"--without_bundle", "test", "--report-dir", root_ + "/new"}, out, errors_), 3);
  EXPECT_EQ(GpuTest({"--without_bundle", "test", "--report-dir", "/dev/null/x"}, out, errors_), 1);
  EXPECT_TRUE(absl::StrContains(errors_.str(), "/dev/null/x")) << errors_.str();
  EXPECT_EQ(GpuTest({"--without_bundle", "tset"}, out, errors_), 1);
  EXPECT_TRUE(absl::StrContains(errors_.str(), "no command \"tset\"")) << errors_.str();
}

}  // namespace
}  // namespace attune
