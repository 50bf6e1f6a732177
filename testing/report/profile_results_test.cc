#include "testing/report/profile_results.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

constexpr char kCsv[] =
    "==PROF== Connected\n"
    "\"ID\",\"Kernel Name\",\"gpu__time_duration.sum\",\"launch__registers_per_thread\"\n"
    "\"\",\"\",\"us\",\"register/thread\"\n"
    "\"0\",\"Forward<\"\"a, b\"\">\",\"123.4\",\"168\"\r\n"
    "\"1\",\"Combine\",\"1,234.5\",\"\"\n";

TEST(ProfileResultsTest, EachLaunchIsARowOfMetricsWithUnits) {
  const auto launches = ParseProfile(kCsv);
  ASSERT_TRUE(launches.ok()) << launches.status();
  ASSERT_EQ(launches->size(), 2u);
  const std::vector<std::string> titles = ProfileColumns();
  EXPECT_EQ((*launches)[0].size(), titles.size());
  EXPECT_EQ(titles.back(), "kernel");
  EXPECT_EQ((*launches)[0].back(), "Forward<\"a, b\">");
  EXPECT_EQ((*launches)[0][0], "123.4 us");
  EXPECT_EQ((*launches)[1][0], "1,234.5 us");
}

TEST(ProfileResultsTest, MetricsThatWereNotTakenAreDashes) {
  const auto launches = ParseProfile(kCsv);
  ASSERT_TRUE(launches.ok()) << launches.status();
  EXPECT_EQ((*launches)[0][1], "-");
  EXPECT_EQ((*launches)[0][7], "168 register/thread");
  EXPECT_EQ((*launches)[1][7], "-");
}

TEST(ProfileResultsTest, WithoutALaunchThereIsNoProfile) {
  for (const char* csv : {"", "==ERROR== none\n", "\"ID\",\"Kernel Name\"\n\"\",\"\"\n"}) {
    EXPECT_EQ(ParseProfile(csv).status().code(), absl::StatusCode::kInvalidArgument) << csv;
  }
}

}  // namespace
}  // namespace attune
