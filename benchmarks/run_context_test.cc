#include "benchmarks/run_context.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(RunContextTest, CommandLineCanBeGivenToAShellAgain) {
  EXPECT_EQ(CommandLine({"./program", "--benchmark_filter=a|b", "", "it's"}),
            "./program '--benchmark_filter=a|b' '' 'it'\\''s'");
}

TEST(RunContextTest, ArgumentsThatAreNotTheLibrarysAreGivenBack) {
  char program[] = "program";
  char own[] = "--min_gpu_over_cpu=2";
  char filter[] = "--benchmark_filter=x";
  char* argv[] = {program, own, filter, nullptr};
  EXPECT_EQ(InitializeBenchmarks(3, argv, OneSampleARepetition(5)),
            std::vector<std::string>{"--min_gpu_over_cpu=2"});
}

}  // namespace
}  // namespace attune
