#include "autotune/cache/preset.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "autotune/workload/stored_workload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kText[] = R"(
device_model: "Model X"
architecture: "arch9"
entry {
  family: "tile"
  workload: "op[dtype=bf16] n=64"
  configuration: "block=8,unroll=2"
  nanoseconds: 1500.5
  default_nanoseconds: 2000
  fingerprint: "f1"
  environment: "compiler 1"
  measured: "2026-11-22"
}
)";

CacheEntry Entry(absl::string_view workload, int64_t block, int64_t measured = 1000000) {
  CacheEntry entry;
  const DeviceInfo device = {.model = "Model X", .architecture = "arch9", .environment = "c 1"};
  *entry.mutable_key() = MakeCacheKey(device, "tile", "f1", *Workload::Parse(workload));
  *entry.mutable_configuration() = ToProto(Configuration({{"block", block}}));
  for (const double time : {30, 10, 20}) entry.add_best_nanoseconds(time);
  entry.set_measured_unix_seconds(measured);
  return entry;
}

TEST(PresetTest, AnEntryHasItsKeyAndConfiguration) {
  const auto preset = ParsePreset(kText, "x.preset");
  ASSERT_TRUE(preset.ok()) << preset.status();
  EXPECT_EQ(preset->source, "x.preset");
  ASSERT_THAT(preset->entries, SizeIs(1));
  const CacheEntry& entry = preset->entries[0];
  EXPECT_EQ(entry.key().device_model(), "Model X");
  EXPECT_EQ(entry.key().architecture(), "arch9");
  EXPECT_EQ(entry.key().fingerprint(), "f1");
  EXPECT_EQ(FromProto(entry.key().workload()).ToString(), "op[dtype=bf16] n=64");
  EXPECT_EQ(FromProto(entry.configuration()).ToString(), "block=8,unroll=2");
  EXPECT_THAT(entry.best_nanoseconds(), ElementsAre(1500.5));
}

TEST(PresetTest, WhatIsFormattedParsesToTheSameKeys) {
  const std::vector<CacheEntry> entries = {Entry("op[] n=2", 1), Entry("op[] n=1", 2)};
  const auto text = FormatPreset(entries);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto preset = ParsePreset(*text, "x");
  ASSERT_TRUE(preset.ok()) << preset.status();
  ASSERT_THAT(preset->entries, SizeIs(2));
  EXPECT_EQ(KeyBytes(preset->entries[0].key()), KeyBytes(entries[1].key()));
  EXPECT_EQ(KeyBytes(preset->entries[1].key()), KeyBytes(entries[0].key()));
  EXPECT_THAT(preset->entries[0].best_nanoseconds(), ElementsAre(20));
  EXPECT_EQ(*FormatPreset(preset->entries), *text);
}

TEST(PresetTest, TheNewestOfTwoEntriesForOneWorkloadStands) {
  CacheEntry older = Entry("op[] n=1", 1, /*measured=*/100000);
  older.mutable_key()->set_environment("compiler of old");
  for (const auto& entries : {std::vector<CacheEntry>{older, Entry("op[] n=1", 2)},
                              std::vector<CacheEntry>{Entry("op[] n=1", 2), older}}) {
    const auto text = FormatPreset(entries);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_THAT(*text, HasSubstr("configuration: \"block=2\""));
    EXPECT_EQ(text->find("block=1"), std::string::npos);
  }
}

TEST(PresetTest, EntriesOfTwoModelsAreNoPreset) {
  CacheEntry other = Entry("op[] n=1", 1);
  other.mutable_key()->set_device_model("Model Y");
  const absl::Status status = FormatPreset({Entry("op[] n=1", 1), other}).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("Model X and Model Y"));
  EXPECT_FALSE(FormatPreset({}).ok());
}

TEST(PresetTest, MistakesAreNamedWithTheirEntry) {
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } cases[] = {
      {"device_model: \"Model X\"", "", "x: a preset needs a device_model"},
      {"entry {", "entries {", "x:4:"},
      {"op[dtype=bf16] n=64", "op n=64", "x: entry tile for op n=64: "},
      {"block=8", "block", "\"block\" is no parameter"},
      {"2026-11-22", "November", "'November' is no date"},
      {"fingerprint: \"f1\"", "", "needs a family and a fingerprint"},
  };
  for (const auto& [from, to, message] : cases) {
    const absl::Status status = ParsePreset(absl::StrReplaceAll(kText, {{from, to}}), "x").status();
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << from;
  }
  const std::string text = kText;
  const std::string twice = text + text.substr(text.find("entry {"));
  EXPECT_THAT(std::string(ParsePreset(twice, "x").status().message()), HasSubstr("stands twice"));
}

}  // namespace
}  // namespace attune
