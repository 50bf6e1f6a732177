#include "benchmarks/run_context.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(RunContextTest, CommandLineCanBeGivenToAShellAgain) {
  EXPECT_EQ(CommandLine({"./program", "--benchmark_filter=a|b", "", "it's"}),
            "./program '--benchmark_filter=a|b' '' 'it'\\''s'");
}

}  // namespace
}  // namespace attune
