#include "base/text_table.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(TextTableTest, AlignsColumns) {
  EXPECT_EQ(FormatTable({{"name"}, {"ms", Align::kRight}}, {{"a", "1.5"}, {"longer", "12.25"}}),
            "name       ms\n"
            "------  -----\n"
            "a         1.5\n"
            "longer  12.25\n");
}

TEST(TextTableTest, LeavesNoTrailingSpaces) {
  EXPECT_EQ(FormatTable({{"a"}, {"bcd"}}, {{"x", "y"}, {"z"}}),
            "a  bcd\n"
            "-  ---\n"
            "x  y\n"
            "z\n");
}

}  // namespace
}  // namespace attune
