#include "autotune/cli/output/report.h"

#include "autotune/cache/cache_entry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

CacheEntry MakeEntry() {
  CacheEntry entry;
  CacheKey& key = *entry.mutable_key();
  key.set_family("tile");
  key.set_device_model("Model X");
  key.set_architecture("arch9");
  key.set_environment("compiler 1");
  key.set_fingerprint("f1");
  *key.mutable_workload() = ToProto(*Workload::Parse("op[dtype=bf16] n=64"));
  *entry.mutable_configuration() = ToProto(Configuration({{"block", 32}}));
  *entry.add_tied() = ToProto(Configuration({{"block", 32}}));
  *entry.add_tied() = ToProto(Configuration({{"block", 64}}));
  for (const double time : {2000, 1000, 4000}) entry.add_best_nanoseconds(time);
  for (const double time : {3000, 3000, 4000}) entry.add_default_nanoseconds(time);
  entry.set_runner_up_margin(0.0125);
  entry.set_strategy("random");
  entry.set_evaluations(12);
  entry.set_seconds(3.25);
  entry.set_measured_unix_seconds(1700000000);
  (*entry.mutable_resources())["registers"] = 96;
  return entry;
}

TEST(ReportTest, TimesHaveThreeDigits) {
  EXPECT_EQ(FormatTime(1), "1.00 ns");
  EXPECT_EQ(FormatTime(99.94), "99.9 ns");
  EXPECT_EQ(FormatTime(99.96), "100 ns");
  EXPECT_EQ(FormatTime(999.4), "999 ns");
  EXPECT_EQ(FormatTime(999.6), "1.00 us");
  EXPECT_EQ(FormatTime(12345), "12.3 us");
  EXPECT_EQ(FormatTime(4.56e6), "4.56 ms");
  EXPECT_EQ(FormatTime(7.2e12), "7200 s");
}

// Ratios of the rounds are 1.5, 3 and 1: their median counts, not that of the times.
TEST(ReportTest, TunedWorkloadsShowTheGain) {
  EXPECT_THAT(FormatTuned({{"prefill", MakeEntry()}}),
              AllOf(HasSubstr("prefill"), HasSubstr("tile"), HasSubstr("3.00 us  2.00 us"),
                    HasSubstr("1.50x"), HasSubstr("2  block=32")));
}

TEST(ReportTest, ADefaultThatFailedSaysSo) {
  CacheEntry entry = MakeEntry();
  entry.clear_default_nanoseconds();
  EXPECT_THAT(FormatTuned({{"prefill", entry}}),
              AllOf(HasSubstr("failed"), HasSubstr("2.00 us"), Not(HasSubstr("0x"))));
}

TEST(ReportTest, EntriesAreALineEach) {
  EXPECT_THAT(
      FormatEntries({MakeEntry()}),
      AllOf(HasSubstr(CacheFileName(MakeEntry().key())), HasSubstr("Model X"), HasSubstr("2.00 us"),
            HasSubstr("2023-11-14"), HasSubstr("op[dtype=bf16] n=64")));
}

TEST(ReportTest, AnEntryShowsAllItHolds) {
  EXPECT_THAT(
      FormatEntry(MakeEntry()),
      AllOf(HasSubstr("tile"), HasSubstr("Model X (arch9)"), HasSubstr("compiler 1"),
            HasSubstr("f1"), HasSubstr("configuration  block=32\n"),
            HasSubstr("time           2.00 us"), HasSubstr("default        3.00 us"),
            HasSubstr("+1.25 %"), HasSubstr("tied           block=64\n"), HasSubstr("registers 96"),
            HasSubstr("random, 12 evaluations in 3.2 s, on 2023-11-14")));
}

// Entries come from files: who wrote them may have measured nothing.
TEST(ReportTest, EntriesWithoutTimesSaySo) {
  CacheEntry entry = MakeEntry();
  entry.clear_best_nanoseconds();
  entry.clear_default_nanoseconds();
  EXPECT_THAT(FormatEntries({entry}), HasSubstr("not measured"));
  EXPECT_THAT(FormatEntry(entry), HasSubstr("not measured"));
  EXPECT_THAT(FormatEntries({CacheEntry()}), HasSubstr("not measured"));
}

}  // namespace
}  // namespace attune
