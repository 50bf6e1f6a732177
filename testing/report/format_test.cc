#include "testing/report/format.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(FormatTest, SecondsHaveTheUnitThatFits) {
  EXPECT_EQ(FormatSeconds(2.5), "2.5 s");
  EXPECT_EQ(FormatSeconds(0.01234), "12.3 ms");
  EXPECT_EQ(FormatSeconds(1.5e-6), "1.5 us");
  EXPECT_EQ(FormatSeconds(2e-9), "2 ns");
}

TEST(FormatTest, GigabytesAreDecimal) {
  EXPECT_EQ(FormatGigabytes(16e9), "16.0 GB");
  EXPECT_EQ(FormatGigabytes(150.75e9), "151 GB");
}

TEST(FormatTest, MeasurementsBecomeRows) {
  const ReportTable table = MeasurementTable({{.name = "run",
                                               .seconds = {1e-3, 2e-3},
                                               .median = 1.5e-3,
                                               .interval = Interval{1e-3, 2e-3},
                                               .gflops = 12345.6,
                                               .counters = {{"MiB", 4}, {"launches", 2}}},
                                              {.name = "plan", .seconds = {1}, .median = 1}});
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0], (std::vector<std::string>{"run", "1.5 ms", "1 ms to 2 ms", "2", "12346",
                                                     "MiB 4, launches 2"}));
  EXPECT_EQ(table.rows[1], (std::vector<std::string>{"plan", "1 s", "-", "1", "-", ""}));
}

}  // namespace
}  // namespace attune
