#include "autotune/cache/cache_entry.h"

#include <random>
#include <string>

#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

CacheEntry MakeEntry() {
  DeviceInfo device;
  device.model = "Model X";
  device.architecture = "arch9";
  device.environment = "compiler 1";
  CacheEntry entry;
  *entry.mutable_key() =
      MakeCacheKey(device, "tile", "f00d", *Workload::Parse("op[a=1 b=2 c=3] m=4 n=8"));
  *entry.mutable_configuration() = ToProto(*Configuration::Parse("x=1,a=-2"));
  entry.add_best_nanoseconds(1.5);
  entry.set_runner_up_margin(0.25);
  (*entry.mutable_resources())["registers"] = 7;
  return entry;
}

TEST(CacheEntryTest, FilesRoundTrip) {
  const CacheEntry entry = MakeEntry();
  const absl::StatusOr<CacheEntry> read = ParseCacheFile(SerializeCacheFile(entry));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(KeyBytes(read->key()), KeyBytes(entry.key()));
  EXPECT_EQ(FromProto(read->configuration()), FromProto(entry.configuration()));
  EXPECT_EQ(read->runner_up_margin(), 0.25);
  EXPECT_EQ(read->resources().at("registers"), 7);
}

TEST(CacheEntryTest, FileNameHoldsFamilyAndHash) {
  CacheKey key = MakeEntry().key();
  EXPECT_THAT(CacheFileName(key), MatchesRegex("tile-[0-9a-f]{16}\\.pb"));
  key.set_family("../odd name");
  EXPECT_THAT(CacheFileName(key), MatchesRegex("___odd_name-[0-9a-f]{16}\\.pb"));
}

TEST(CacheEntryTest, FileNameIsTheSameInEveryProcessAndRelease) {
  // A change here orphans every cache that exists.
  EXPECT_EQ(CacheFileName(MakeEntry().key()), "tile-3a822bdc2b3eb0ec.pb");
}

TEST(CacheEntryTest, EveryTruncationIsSeen) {
  const std::string content = SerializeCacheFile(MakeEntry());
  for (size_t length = 0; length < content.size(); ++length) {
    EXPECT_EQ(ParseCacheFile(content.substr(0, length)).status().code(),
              absl::StatusCode::kDataLoss)
        << length;
  }
}

TEST(CacheEntryTest, EveryAlteredByteIsSeen) {
  const CacheEntry entry = MakeEntry();
  const std::string content = SerializeCacheFile(entry);
  for (size_t i = 0; i < content.size(); ++i) {
    std::string altered = content;
    altered[i] = static_cast<char>(altered[i] ^ 0x10);
    EXPECT_FALSE(ParseCacheFile(altered).ok()) << i;
  }
}

TEST(CacheEntryTest, RandomBytesAreNoEntry) {
  constexpr uint64_t kSeed = 31;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 generator(kSeed);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string content(generator() % 200, '\0');
    for (char& c : content) c = static_cast<char>(generator());
    EXPECT_FALSE(ParseCacheFile(content).ok());
  }
}

TEST(CacheEntryTest, NewerFormatSaysWhichItIs) {
  CacheFile file;
  ASSERT_TRUE(file.ParseFromString(SerializeCacheFile(MakeEntry())));
  file.set_format_version(7);
  const absl::Status status = ParseCacheFile(file.SerializeAsString()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 7"));
}

TEST(CacheEntryTest, EntryWithoutKeyIsRefused) {
  CacheEntry entry = MakeEntry();
  entry.clear_key();
  EXPECT_FALSE(ParseCacheFile(SerializeCacheFile(entry)).ok());
}

}  // namespace
}  // namespace attune
