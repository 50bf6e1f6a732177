#include "testing/report/options.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

void ExpectRefused(const std::vector<std::string>& arguments, absl::string_view message) {
  const auto options = ParseOptions(arguments);
  ASSERT_EQ(options.status().code(), absl::StatusCode::kInvalidArgument) << message;
  EXPECT_TRUE(absl::StrContains(options.status().message(), message)) << options.status();
}

TEST(OptionsTest, EveryCommandAndTargetIsKnownByItsName) {
  for (const std::string command : {"test", "benchmark", "profile", "validate", "clean", "help"}) {
    for (const std::string target : {"flash_attention", "attention", "ternary", "all"}) {
      const auto options = ParseOptions({command, target});
      ASSERT_TRUE(options.ok()) << options.status();
      EXPECT_EQ(CommandName(options->command), command);
      EXPECT_EQ(TargetName(options->target), target);
    }
  }
}

TEST(OptionsTest, FlagsStandAnywhereWithTheirValuesInEitherForm) {
  const auto options = ParseOptions({"--verbose", "--min-vram", "12.5", "test", "--iterations=3",
                                     "attention", "--release", "--timeout", "90"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->verbose);
  EXPECT_TRUE(options->release);
  EXPECT_EQ(options->min_vram_gb, 12.5);
  EXPECT_EQ(options->iterations, 3);
  EXPECT_EQ(options->timeout, absl::Seconds(90));
  EXPECT_EQ(options->target, Target::kAttention);
}

TEST(OptionsTest, IterationsAreTheCommandsOwnUnlessGiven) {
  EXPECT_EQ(ParseOptions({"test"})->iterations, 1);
  EXPECT_EQ(ParseOptions({"benchmark"})->iterations, 10);
  EXPECT_EQ(ParseOptions({"test"})->target, Target::kAll);
}

TEST(OptionsTest, HelpIsGivenWhateverElseIsAsked) {
  EXPECT_EQ(ParseOptions({"test", "nonsense", "--help"})->command, Command::kHelp);
}

TEST(OptionsTest, WhatIsWrongIsNamed) {
  ExpectRefused({}, "no command");
  ExpectRefused({"frobnicate"}, "no command \"frobnicate\"; there are benchmark, clean");
  ExpectRefused({"test", "everything"}, "no target \"everything\"");
  ExpectRefused({"test", "all", "all"}, "\"all\" is left over");
  ExpectRefused({"test", "--fast"}, "no flag \"--fast\"");
  ExpectRefused({"test", "--verbose=1"}, "no flag \"--verbose=1\"");
  ExpectRefused({"test", "--iterations"}, "--iterations needs a value");
  ExpectRefused({"test", "--report-dir="}, "names no folder");
  for (const char* number : {"0", "-1", "many", "1e3", "100001"}) {
    ExpectRefused({"test", "--iterations", number}, "expected a number from 1 to 100000");
  }
  for (const char* number : {"-1", "much", "inf", "nan", "16GB"}) {
    ExpectRefused({"test", absl::StrCat("--min-vram=", number)}, "--min-vram is");
  }
}

}  // namespace
}  // namespace attune
