#include "operators/configuration_choice.h"

#include "absl/status/status.h"
#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConfigurationChoiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<ConfigurationChoice> Choose(int64_t size, const TuningCache* cache) {
    const auto variables = [=](const Configuration&) -> absl::StatusOr<Variables> {
      return Variables{{"size", static_cast<double>(size)}};
    };
    return ChooseConfiguration(Question(variables), KeyOf(size), cache);
  }
  absl::Status Check(int64_t size, const std::string& configuration) {
    const auto variables = [=](const Configuration&) -> absl::StatusOr<Variables> {
      return Variables{{"size", static_cast<double>(size)}};
    };
    return CheckAdmitted(Question(variables), Configuration::Parse(configuration).value());
  }
  ConfigurationQuestion Question(ParameterSpace::Model variables) {
    return {.family = "k", .space = space_, .variables = variables, .problem = "the problem"};
  }
  CacheKey KeyOf(int64_t size) {
    const DeviceInfo device = {.id = "cpu", .model = "M", .architecture = "A"};
    return MakeCacheKey(device, "k", "f", {.operator_name = "o", .sizes = {{"size", size}}});
  }
  void Store(int64_t size, const std::string& configuration) {
    CacheEntry entry;
    *entry.mutable_key() = KeyOf(size);
    *entry.mutable_configuration() = ToProto(Configuration::Parse(configuration).value());
    ASSERT_TRUE(cache_.Store(entry).ok());
  }

  const ParameterSpace space_ =
      ParameterSpace::Parse(
          "kernel: 'k' parameter { name: 'tile' values: [1, 2, 4] default_value: 2 doc: 'd' } "
          "constraint { name: 'fits' expression: 'tile <= size' doc: 'd' }",
          "space")
          .value();
  TuningCache cache_{TuningCacheOptions()};
};

TEST_F(ConfigurationChoiceTest, WithoutACacheItIsTheDefaultOrTheAdmittedOneClosestToIt) {
  const auto choice = Choose(8, nullptr);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->configuration.ToString(), "tile=2");
  EXPECT_EQ(choice->origin, "default");
  EXPECT_THAT(choice->notes, IsEmpty());
  EXPECT_EQ(Choose(1, nullptr)->configuration.ToString(), "tile=1");
  EXPECT_EQ(Choose(0, nullptr).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ConfigurationChoiceTest, WhatWasTunedIsUsedWhereItIsAdmitted) {
  Store(8, "tile=4");
  const auto tuned = Choose(8, &cache_);
  ASSERT_TRUE(tuned.ok()) << tuned.status();
  EXPECT_EQ(tuned->configuration.ToString(), "tile=4");
  EXPECT_EQ(tuned->origin, "tuned: exact, from memory");
  const auto smaller = Choose(3, &cache_);
  ASSERT_TRUE(smaller.ok()) << smaller.status();
  EXPECT_EQ(smaller->configuration.ToString(), "tile=2");
  EXPECT_THAT(smaller->notes, ElementsAre(HasSubstr("constraint fits does not admit tile=4")));
}

TEST_F(ConfigurationChoiceTest, WhatIsNotAdmittedIsNamed) {
  EXPECT_EQ(Check(4, "tile=4"), absl::OkStatus());
  EXPECT_THAT(std::string(Check(3, "tile=4").message()),
              HasSubstr("constraint fits does not admit tile=4 of k for the problem"));
  EXPECT_EQ(Check(3, "tile=3").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
