#include "autotune/cache/tuning_cache.h"

#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kWorkload[] = "op[dtype=bf16] m=64 n=1000";

DeviceInfo MakeDevice() {
  DeviceInfo device;
  device.model = "Model X";
  device.architecture = "arch9";
  device.environment = "compiler 1";
  return device;
}

CacheKey Key(absl::string_view workload = kWorkload, const DeviceInfo& device = MakeDevice(),
             absl::string_view fingerprint = "f1") {
  return MakeCacheKey(device, "tile", fingerprint, *Workload::Parse(workload));
}

CacheEntry Entry(const CacheKey& key, int64_t value) {
  CacheEntry entry;
  *entry.mutable_key() = key;
  *entry.mutable_configuration() = ToProto(Configuration({{"x", value}}));
  return entry;
}

int64_t ValueOf(const CacheHit& hit) { return FromProto(hit.entry.configuration()).Get("x"); }

class TuningCacheTest : public ::testing::Test {
 protected:
  TuningCacheTest()
      : path_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(path_);
    options_.user_directory = path_ + "/user";
    options_.presets = {{"preset1", {}}, {"preset2", {}}};
  }

  // Puts `entry` into the user's directory, past any cache.
  void Put(const CacheEntry& entry) {
    ASSERT_TRUE(CacheDirectory(options_.user_directory).Write(entry).ok());
  }
  void PutPreset(int number, const CacheEntry& entry) {
    options_.presets.at(number - 1).entries.push_back(entry);
  }

  const std::string path_;
  TuningCacheOptions options_;
};

TEST_F(TuningCacheTest, EntryIsFoundInMemoryAndByLaterProcesses) {
  TuningCache cache(options_);
  ASSERT_TRUE(cache.Store(Entry(Key(), 7)).ok());
  CacheLookup lookup = cache.Lookup(Key());
  ASSERT_TRUE(lookup.hit.has_value());
  EXPECT_EQ(ValueOf(*lookup.hit), 7);
  EXPECT_EQ(lookup.hit->source, "memory");
  EXPECT_EQ(MatchKindName(lookup.hit->kind), "exact");

  lookup = TuningCache(options_).Lookup(Key());
  ASSERT_TRUE(lookup.hit.has_value());
  EXPECT_EQ(ValueOf(*lookup.hit), 7);
  EXPECT_EQ(lookup.hit->source, options_.user_directory);
}

TEST_F(TuningCacheTest, UsersDirectoryComesBeforePresets) {
  PutPreset(2, Entry(Key(), 2));
  EXPECT_EQ(ValueOf(*TuningCache(options_).Lookup(Key()).hit), 2);
  PutPreset(1, Entry(Key(), 1));
  EXPECT_EQ(ValueOf(*TuningCache(options_).Lookup(Key()).hit), 1);
  Put(Entry(Key(), 0));
  EXPECT_EQ(ValueOf(*TuningCache(options_).Lookup(Key()).hit), 0);
}

TEST_F(TuningCacheTest, ExactPresetComesBeforeANearUsersEntry) {
  Put(Entry(Key("op[dtype=bf16] m=64 n=1001"), 1));
  PutPreset(1, Entry(Key(), 2));
  EXPECT_EQ(ValueOf(*TuningCache(options_).Lookup(Key()).hit), 2);
}

TEST_F(TuningCacheTest, APresetHoldsUnderAnyEnvironmentButForItsOwnCodeOnly) {
  DeviceInfo tuned_on = MakeDevice();
  tuned_on.environment = "compiler of last year";
  PutPreset(1, Entry(Key(kWorkload, tuned_on), 1));
  PutPreset(2, Entry(Key(kWorkload, MakeDevice(), "f2"), 2));
  CacheLookup lookup = TuningCache(options_).Lookup(Key());
  ASSERT_TRUE(lookup.hit.has_value());
  EXPECT_EQ(ValueOf(*lookup.hit), 1);
  EXPECT_EQ(MatchKindName(lookup.hit->kind), "exact");
  EXPECT_TRUE(lookup.hit->is_preset);
  EXPECT_EQ(lookup.hit->source, "preset1");
  lookup = TuningCache(options_).Lookup(Key("op[dtype=bf16] m=64 n=4000"));
  ASSERT_TRUE(lookup.hit.has_value());
  EXPECT_EQ(MatchKindName(lookup.hit->kind), "nearest");
  EXPECT_TRUE(lookup.hit->is_preset);
  lookup = TuningCache(options_).Lookup(Key(kWorkload, MakeDevice(), "f3"));
  EXPECT_FALSE(lookup.hit.has_value());
  EXPECT_THAT(lookup.reasons, ElementsAre("tuned for another build of tile"));
}

TEST_F(TuningCacheTest, SameBucketComesBeforeNearest) {
  // 1000 and 800 are both rounded up to 1024; 1040, though nearer, is not.
  Put(Entry(Key("op[dtype=bf16] m=64 n=1040"), 1));
  CacheLookup lookup = TuningCache(options_).Lookup(Key());
  ASSERT_TRUE(lookup.hit.has_value());
  EXPECT_EQ(MatchKindName(lookup.hit->kind), "nearest");
  EXPECT_NEAR(lookup.hit->distance, 0.0566, 1e-3);
  Put(Entry(Key("op[dtype=bf16] m=64 n=800"), 2));
  lookup = TuningCache(options_).Lookup(Key());
  EXPECT_EQ(ValueOf(*lookup.hit), 2);
  EXPECT_EQ(MatchKindName(lookup.hit->kind), "same bucket");
}

TEST_F(TuningCacheTest, NearestIsBoundedByTheLimit) {
  Put(Entry(Key("op[dtype=bf16] m=64 n=4000"), 1));
  Put(Entry(Key("op[dtype=bf16] m=64 n=16000"), 2));
  EXPECT_EQ(ValueOf(*TuningCache(options_).Lookup(Key()).hit), 1);
  options_.max_distance = 1.9;
  const CacheLookup lookup = TuningCache(options_).Lookup(Key());
  EXPECT_FALSE(lookup.hit.has_value());
  EXPECT_THAT(lookup.reasons, ElementsAre(HasSubstr("sizes too far")));
}

TEST_F(TuningCacheTest, OtherModelOfTheArchitectureIsTheLastResort) {
  DeviceInfo sibling = MakeDevice();
  sibling.model = "Model Y";
  Put(Entry(Key(kWorkload, sibling), 1));
  CacheLookup lookup = TuningCache(options_).Lookup(Key());
  ASSERT_TRUE(lookup.hit.has_value());
  EXPECT_EQ(MatchKindName(lookup.hit->kind), "same architecture");
  PutPreset(2, Entry(Key("op[dtype=bf16] m=64 n=4000"), 2));
  EXPECT_EQ(ValueOf(*TuningCache(options_).Lookup(Key()).hit), 2);
}

TEST_F(TuningCacheTest, MissesHaveReasons) {
  DeviceInfo other_device = MakeDevice();
  other_device.model = "Model Z";
  other_device.architecture = "arch1";
  DeviceInfo other_compiler = MakeDevice();
  other_compiler.environment = "compiler 2";
  const struct {
    CacheKey tuned;
    const char* reason;
  } cases[] = {
      {Key(kWorkload, MakeDevice(), "f2"), "tuned for another build of tile"},
      {Key(kWorkload, other_compiler), "tuned under compiler 2, this is compiler 1"},
      {Key(kWorkload, other_device), "no entry for this device model, Model X (arch9)"},
      {Key("op[dtype=fp16] m=64 n=1000"), "tuned for other traits"},
      {Key("op[dtype=bf16] m=64"), "sizes that cannot be compared"},
  };
  for (const auto& [tuned, reason] : cases) {
    std::filesystem::remove_all(path_);
    Put(Entry(tuned, 1));
    const CacheLookup lookup = TuningCache(options_).Lookup(Key());
    EXPECT_FALSE(lookup.hit.has_value()) << reason;
    EXPECT_THAT(lookup.reasons, ElementsAre(HasSubstr(reason)));
  }
}

TEST_F(TuningCacheTest, EmptyCacheSaysWhereItLooked) {
  const CacheLookup lookup = TuningCache(options_).Lookup(Key());
  EXPECT_THAT(lookup.reasons,
              ElementsAre(absl::StrCat("no entry of tile in memory, ", options_.user_directory,
                                       ", preset1, preset2")));
  EXPECT_THAT(TuningCache({}).Lookup(Key()).reasons, ElementsAre("no entry of tile in memory"));
}

TEST_F(TuningCacheTest, DamagedFileIsAMissThatIsReported) {
  Put(Entry(Key(), 1));
  PutPreset(1, Entry(Key(), 2));
  const std::string path = absl::StrCat(options_.user_directory, "/", CacheFileName(Key()));
  ASSERT_TRUE(WriteFileAtomically(path, "no entry").ok());
  const CacheLookup lookup = TuningCache(options_).Lookup(Key());
  EXPECT_EQ(ValueOf(*lookup.hit), 2);
  EXPECT_THAT(lookup.problems, ElementsAre(HasSubstr(path)));

  options_.presets.clear();
  EXPECT_THAT(TuningCache(options_).Lookup(Key()).problems, ElementsAre(HasSubstr(path)));
  EXPECT_EQ(*ReadFile(path), "no entry");
}

TEST_F(TuningCacheTest, FailedWriteIsReportedAndTheEntryRemembered) {
  ASSERT_TRUE(CreateDirectories(path_).ok());
  ASSERT_TRUE(WriteFileAtomically(options_.user_directory, "in the way").ok());
  TuningCache cache(options_);
  EXPECT_FALSE(cache.Store(Entry(Key(), 7)).ok());
  EXPECT_EQ(ValueOf(*cache.Lookup(Key()).hit), 7);
}

TEST_F(TuningCacheTest, MemoryOnlyCacheWritesNothing) {
  TuningCache cache({});
  ASSERT_TRUE(cache.Store(Entry(Key(), 7)).ok());
  EXPECT_EQ(ValueOf(*cache.Lookup(Key()).hit), 7);
}

TEST(DefaultCacheDirectoryTest, VariablesAreAskedInOrder) {
  std::map<std::string, std::string> environment;
  const auto get = [&](const char* name) {
    const auto variable = environment.find(name);
    return variable == environment.end() ? nullptr : variable->second.c_str();
  };
  const absl::Status status = DefaultCacheDirectory(get).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("set ATTUNE_CACHE_DIR"));
  environment["HOME"] = "/home/u";
  EXPECT_EQ(*DefaultCacheDirectory(get), "/home/u/.cache/attune");
  environment["XDG_CACHE_HOME"] = "relative";
  EXPECT_EQ(*DefaultCacheDirectory(get), "/home/u/.cache/attune");
  environment["XDG_CACHE_HOME"] = "/xdg";
  EXPECT_EQ(*DefaultCacheDirectory(get), "/xdg/attune");
  environment["ATTUNE_CACHE_DIR"] = "";
  EXPECT_EQ(*DefaultCacheDirectory(get), "/xdg/attune");
  environment["ATTUNE_CACHE_DIR"] = "cache";
  EXPECT_EQ(*DefaultCacheDirectory(get), "cache");
}

}  // namespace
}  // namespace attune
