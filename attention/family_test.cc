#include "attention/family.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "attention/testing_family.h"
#include "attention/workload.h"
#include "autotune/cache/preset.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "operators/family_configuration.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Problem ProblemOfLength(int64_t length) {
  return {.q_len = length, .kv_len = length, .qk_dim = 64, .v_dim = 64};
}

class FamilyConfigurationTest : public ::testing::Test {
 protected:
  void Store(const Problem& problem, const std::string& configuration) {
    CacheEntry entry;
    *entry.mutable_key() = MakeCacheKey(device_, family_.name(), family_.fingerprint(),
                                        WorkloadOf(problem, family_.direction()));
    *entry.mutable_configuration() = ToProto(*Configuration::Parse(configuration));
    ASSERT_TRUE(cache_.Store(entry).ok());
  }
  ConfigurationChoice Choose(const Problem& problem) const {
    const auto choice = ChooseConfiguration(family_, problem, device_, &cache_);
    EXPECT_TRUE(choice.ok()) << choice.status();
    return choice.ok() ? *choice : ConfigurationChoice();
  }
  absl::Status Check(const std::string& configuration, const Problem& problem) const {
    return CheckAdmitted(family_, problem, device_, *Configuration::Parse(configuration));
  }

  const DeviceInfo device_ = {.id = "cpu", .model = "M", .architecture = "A"};
  TestingFamily family_{"testing"};
  TuningCache cache_{TuningCacheOptions()};
};

TEST_F(FamilyConfigurationTest, WorkloadsAreOfTheFamilysDirection) {
  const Workload workload = family_.ToWorkload(ProblemOfLength(64));
  EXPECT_EQ(workload.operator_name, family_.operator_name());
  EXPECT_EQ(family_.FromWorkload(workload)->q_len, 64);
  const TestingFamily backward("backward", Direction::kBackward);
  const absl::Status status = backward.FromWorkload(workload).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("backward computes attention_backward, not attention_forward"));
}

TEST_F(FamilyConfigurationTest, WithoutACacheItIsTheDefault) {
  const auto choice = ChooseConfiguration(family_, ProblemOfLength(64), device_, nullptr);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->configuration, family_.space().Default());
  EXPECT_EQ(choice->origin, "default");
  EXPECT_THAT(choice->notes, IsEmpty());
}

TEST_F(FamilyConfigurationTest, AMissSaysWhy) {
  const ConfigurationChoice choice = Choose(ProblemOfLength(64));
  EXPECT_EQ(choice.origin, "default");
  EXPECT_THAT(choice.notes, ElementsAre(HasSubstr("no entry of testing")));
}

TEST_F(FamilyConfigurationTest, APresetOfTheDeviceIsUsedUntilSomethingIsTunedThere) {
  const absl::StatusOr<Preset> preset = ParsePreset(
      absl::StrCat("device_model: 'M' architecture: 'A' entry { family: 'testing' fingerprint: '",
                   family_.fingerprint(), "' environment: 'an older driver' workload: '",
                   WorkloadOf(ProblemOfLength(64), family_.direction()).ToString(),
                   "' configuration: 'tile=2,width=2' measured: '2026-11-22' }"),
      "presets/m");
  ASSERT_TRUE(preset.ok()) << preset.status();
  TuningCache cache({.presets = {*preset}});
  const auto choose = [&](const DeviceInfo& device) {
    return ChooseConfiguration(family_, ProblemOfLength(64), device, &cache).value();
  };
  EXPECT_EQ(choose(device_).configuration.ToString(), "tile=2,width=2");
  EXPECT_EQ(choose(device_).origin, "preset: exact, from presets/m");
  EXPECT_EQ(choose({.id = "cpu", .model = "N", .architecture = "B"}).origin, "default");
  CacheEntry tuned = preset->entries[0];
  tuned.mutable_key()->set_environment(device_.environment);
  *tuned.mutable_configuration() = ToProto(*Configuration::Parse("tile=1,width=1"));
  ASSERT_TRUE(cache.Store(tuned).ok());
  EXPECT_EQ(choose(device_).origin, "tuned: exact, from memory");
}

TEST_F(FamilyConfigurationTest, WhereTheDefaultIsNotAdmittedTheClosestRuns) {
  EXPECT_EQ(Choose(ProblemOfLength(3)).configuration.ToString(), "tile=1,width=1");
  const absl::Status status =
      ChooseConfiguration(family_, ProblemOfLength(0), device_, &cache_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("tile_fits 8"));
}

TEST_F(FamilyConfigurationTest, ATunedEntryIsUsedAndNamed) {
  Store(ProblemOfLength(1024), "tile=8,width=1");
  const ConfigurationChoice choice = Choose(ProblemOfLength(1024));
  EXPECT_EQ(choice.configuration.ToString(), "tile=8,width=1");
  EXPECT_EQ(choice.origin, "tuned: exact, from memory");
}

TEST_F(FamilyConfigurationTest, EntriesOfOtherSizesAreNamedWithTheirWorkload) {
  Store(ProblemOfLength(1024), "tile=8,width=1");
  EXPECT_THAT(Choose(ProblemOfLength(1000)).origin,
              ::testing::AllOf(HasSubstr("tuned: same bucket, from memory, for attention_forward["),
                               HasSubstr("q_len=1024")));
  const ConfigurationChoice nearest = Choose(ProblemOfLength(2048));
  EXPECT_THAT(nearest.origin, HasSubstr("tuned: nearest"));
  EXPECT_EQ(nearest.configuration.ToString(), "tile=8,width=1");
}

TEST_F(FamilyConfigurationTest, AnEntryThatIsNotAdmittedHereIsNotUsedAndSaysSo) {
  Store(ProblemOfLength(8), "tile=8,width=1");
  const ConfigurationChoice choice = Choose(ProblemOfLength(7));
  EXPECT_EQ(choice.origin, "default");
  EXPECT_EQ(choice.configuration, family_.space().Default());
  EXPECT_THAT(choice.notes, ElementsAre(::testing::AllOf(HasSubstr("not used"),
                                                         HasSubstr("constraint tile_fits"))));
}

// An entry may come from a build whose space was another.
TEST_F(FamilyConfigurationTest, AnEntryThatIsNotOfTheSpaceIsNotUsedAndSaysSo) {
  Store(ProblemOfLength(64), "tile=8,width=2");
  EXPECT_THAT(Choose(ProblemOfLength(64)).notes, ElementsAre(HasSubstr("constraint exists")));
  Store(ProblemOfLength(64), "tile=5,width=1");
  EXPECT_THAT(Choose(ProblemOfLength(64)).notes, ElementsAre(HasSubstr("not used")));
  Store(ProblemOfLength(64), "tile=4");
  EXPECT_EQ(Choose(ProblemOfLength(64)).origin, "default");
}

TEST_F(FamilyConfigurationTest, CheckAdmittedNamesTheConstraint) {
  EXPECT_EQ(Check("tile=2,width=2", ProblemOfLength(8)), absl::OkStatus());
  const absl::Status late = Check("tile=8,width=1", ProblemOfLength(7));
  EXPECT_EQ(late.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(late.message()), HasSubstr("constraint tile_fits does not admit"));
  EXPECT_THAT(std::string(Check("tile=8,width=2", ProblemOfLength(8)).message()),
              HasSubstr("constraint exists does not admit"));
  EXPECT_EQ(Check("tile=3,width=1", ProblemOfLength(8)).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
