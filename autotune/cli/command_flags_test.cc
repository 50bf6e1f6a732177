#include "autotune/cli/command_flags.h"

#include "absl/flags/flag.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

ABSL_FLAG(int, apples, 3, "how many apples there are");
ABSL_FLAG(bool, pears, false, "pears in place of apples");

namespace attune {
namespace {

using ::testing::ElementsAre;

TEST(CommandFlagsTest, FlagsThatAHelpDescribesBeginItsLines) {
  EXPECT_THAT(FlagsDescribedIn("autotune eat: not --all\n\n"
                               "  --apples=3            how many\n"
                               "  --pears               in place of --apples\n"
                               "More in docs.\n"),
              ElementsAre("apples", "pears"));
}

TEST(CommandFlagsTest, AFlagThatACommandWouldIgnoreIsAnError) {
  EXPECT_EQ(CheckFlags("eat", {}), absl::OkStatus());
  absl::SetFlag(&FLAGS_apples, 4);
  absl::SetFlag(&FLAGS_pears, true);
  EXPECT_EQ(CheckFlags("eat", {"apples", "pears"}), absl::OkStatus());
  EXPECT_EQ(CheckFlags("eat", {"apples"}),
            absl::InvalidArgumentError("eat has no --pears; see `autotune eat --help`"));
  EXPECT_EQ(CheckFlags("eat", {}),
            absl::InvalidArgumentError("eat has no --apples, --pears; see `autotune eat --help`"));
}

}  // namespace
}  // namespace attune
