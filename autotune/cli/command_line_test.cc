#include "autotune/cli/command_line.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kNames[] = {"list",  "show",  "explain", "audit", "diff",
                                  "merge", "prune", "verify",  "export"};

CommonOptions Common() {
  return {.cache_directory = absl::StrCat(::testing::TempDir(), "/command_line_test"),
          .from_working_directory = [](const std::string& path) { return path; }};
}

TEST(CommandLineTest, EveryCommandHasHelpAndALine) {
  for (const char* name : kNames) {
    EXPECT_THAT(CommandHelp(name),
                AllOf(HasSubstr(absl::StrCat("autotune ", name)), HasSubstr("--cache_dir")));
    EXPECT_THAT(CommandSummaries(), HasSubstr(absl::StrCat("  autotune ", name)));
  }
  EXPECT_EQ(CommandHelp("tune"), "");
  EXPECT_EQ(CommandHelp(""), "");
}

TEST(CommandLineTest, MissingAndSurplusOperandsAreErrorsThatShowTheCommand) {
  std::ostringstream out;
  for (const char* name : {"merge", "export", "diff"}) {
    EXPECT_EQ(RunCommand(name, {}, Common(), out).code(), absl::StatusCode::kInvalidArgument);
  }
  const absl::Status status = RunCommand("show", {"a", "b"}, Common(), out);
  EXPECT_EQ(status.message(), "expected `autotune show [ENTRY]`, not 2 operands; see --help");
}

TEST(CommandLineTest, CommandsRun) {
  std::ostringstream out;
  EXPECT_EQ(RunCommand("list", {}, Common(), out), absl::OkStatus());
  EXPECT_EQ(RunCommand("verify", {}, Common(), out), absl::OkStatus());
  EXPECT_THAT(out.str(), AllOf(HasSubstr("no entries in"), HasSubstr("0 findings")));
  for (const char* name : {"show", "explain", "audit"}) {
    EXPECT_EQ(RunCommand(name, {}, Common(), out).code(), absl::StatusCode::kNotFound) << name;
  }
}

}  // namespace
}  // namespace attune
