#include "autotune/cli/flag_help.h"

#include <string>

#include "absl/flags/flag.h"
#include "gtest/gtest.h"

ABSL_FLAG(int, apples, 3, "how many apples there are");
ABSL_FLAG(bool, pears, false, "pears in place of apples");
ABSL_FLAG(std::string, a_fruit_with_a_long_name, "",
          "a text that does not fit into one line of a hundred columns, and therefore goes on in "
          "the next one");

namespace attune {
namespace {

TEST(FlagHelpTest, FlagsOfTheFileByNameInLinesOfAHundredColumns) {
  EXPECT_EQ(
      FlagHelp("cli/flag_help_test.cc"),
      "  --a_fruit_with_a_long_name=\n"
      "                          a text that does not fit into one line of a hundred columns, and "
      "therefore\n"
      "                          goes on in the next one\n"
      "  --apples=3              how many apples there are\n"
      "  --pears                 pears in place of apples\n");
  EXPECT_EQ(FlagHelp("of_another_file.cc"), "");
}

}  // namespace
}  // namespace attune
