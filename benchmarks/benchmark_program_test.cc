#include "benchmarks/benchmark_program.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

std::optional<int> Start(std::vector<std::string> arguments, const BenchmarkProgram& program = {}) {
  arguments.insert(arguments.begin(), "program");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return StartBenchmarks(static_cast<int>(pointers.size()), pointers.data(), program);
}

// As `bazel run` says where it was called.
class FromFolder {
 public:
  explicit FromFolder(const std::string& folder) {
    setenv("BUILD_WORKING_DIRECTORY", folder.c_str(), 1);
  }
  ~FromFolder() { unsetenv("BUILD_WORKING_DIRECTORY"); }
};

void RegisterExamples() {
  benchmark::RegisterBenchmark("fine", [](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(state.iterations());
  })->Iterations(1);
  benchmark::RegisterBenchmark("broken", [](benchmark::State& state) {
    FailBenchmark(state, absl::InternalError("it is broken"));
  });
}

TEST(BenchmarkProgramTest, HelpEndsTheProgramWell) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(Start({"--benchmark_filter=x", "--help"}, {.help = "what it measures\n"}), 0);
  const std::string help = testing::internal::GetCapturedStdout();
  EXPECT_EQ(help.find("what it measures\n"), 0u);
  EXPECT_NE(help.find("Exit code"), std::string::npos);
  EXPECT_NE(help.find("--benchmark_out="), std::string::npos);
}

TEST(BenchmarkProgramTest, OwnFlagsAreSetAndOthersAreTheLibrarys) {
  double least = 0;
  double unset = 7;
  EXPECT_EQ(Start({"--least=2.5", "--benchmark_repetitions=3"},
                  {.numbers = {{"least", &least}, {"unset", &unset}}}),
            std::nullopt);
  EXPECT_EQ(least, 2.5);
  EXPECT_EQ(unset, 7);
}

TEST(BenchmarkProgramTest, WhatIsNoFlagOrNoNumberEndsTheProgramWithALine) {
  double least = 0;
  std::string folder;
  const BenchmarkProgram program = {.numbers = {{"least", &least}}, .paths = {{"folder", &folder}}};
  for (const std::string argument :
       {"--other=1", "--other", "least=1", "stray", "--least", "--least=", "--least=x",
        "--least=-1", "--least=nan", "--least=inf", "--folder=", "--benchmark_fliter=x"}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(Start({argument}, program), 1) << argument;
    const std::string line = testing::internal::GetCapturedStderr();
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  }
  EXPECT_EQ(least, 0);
  EXPECT_EQ(folder, "");
}

TEST(BenchmarkProgramTest, PathsAreThoseOfWhoCalled) {
  std::string folder;
  const BenchmarkProgram program = {.paths = {{"folder", &folder}}};
  const FromFolder from("/called/here");
  EXPECT_EQ(Start({"--folder=results"}, program), std::nullopt);
  EXPECT_EQ(folder, "/called/here/results");
  EXPECT_EQ(Start({"--folder=/results"}, program), std::nullopt);
  EXPECT_EQ(folder, "/results");
}

// Each run in a process of its own: the library is made for one, and a failure stays one.
void ExitAfterRunning(const std::vector<std::string>& arguments) {
  RegisterExamples();
  std::exit(Start(arguments).has_value() ? 9 : RunBenchmarks());
}

TEST(BenchmarkProgramDeathTest, ResultsAreWrittenWhereTheProgramWasCalled) {
  const std::string folder = testing::TempDir();
  const FromFolder from(folder);
  EXPECT_EXIT(ExitAfterRunning({"--benchmark_filter=fine", "--benchmark_out=where.json"}),
              testing::ExitedWithCode(0), "");
  EXPECT_TRUE(std::filesystem::exists(absl::StrCat(folder, "/where.json")));
}

TEST(BenchmarkProgramDeathTest, AFilterThatMatchesNothingFails) {
  EXPECT_EXIT(ExitAfterRunning({"--benchmark_filter=nothing"}), testing::ExitedWithCode(1),
              "--benchmark_list_tests");
}

TEST(BenchmarkProgramDeathTest, ABenchmarkThatFailsFailsTheProgram) {
  EXPECT_EXIT(ExitAfterRunning({"--benchmark_filter=broken"}), testing::ExitedWithCode(1), "");
}

}  // namespace
}  // namespace attune
