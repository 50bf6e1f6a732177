#include "autotune/space/untuned.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

ParameterSpace SpaceWithConstraint(absl::string_view expression) {
  return *ParameterSpace::Parse(
      absl::StrCat("kernel: 'k' "
                   "parameter { name: 'a' values: [1, 2, 3] default_value: 2 } "
                   "parameter { name: 'b' values: [1, 2] default_value: 1 } "
                   "constraint { name: 'c' expression: '",
                   expression, "' }"),
      "test");
}

absl::StatusOr<Variables> NoVariables(const Configuration&) { return Variables(); }

TEST(UntunedConfigurationTest, IsTheDefaultWhereThatIsAdmitted) {
  const auto configuration = UntunedConfiguration(SpaceWithConstraint("a > 1"), {}, NoVariables);
  EXPECT_EQ(configuration->ToString(), "a=2,b=1");
}

TEST(UntunedConfigurationTest, OtherwiseTheClosestToIt) {
  const auto configuration =
      UntunedConfiguration(SpaceWithConstraint("a + b == 4"), {}, NoVariables);
  EXPECT_EQ(configuration->ToString(), "a=2,b=2");
}

TEST(UntunedConfigurationTest, ModelPutsItsOwnValuesInPlaceOfTheDefaults) {
  const auto model = [](const Configuration&) { return Variables{{"untuned_a", 3}}; };
  EXPECT_EQ(UntunedConfiguration(SpaceWithConstraint("a > 1"), {}, model)->ToString(), "a=3,b=1");
  EXPECT_EQ(UntunedConfiguration(SpaceWithConstraint("a + b == 5"), {}, model)->ToString(),
            "a=3,b=2");
}

TEST(UntunedConfigurationTest, ModelsValuesAreTheSpaces) {
  const auto model = [](const Configuration&) { return Variables{{"untuned_a", 4}}; };
  EXPECT_EQ(UntunedConfiguration(SpaceWithConstraint("a > 1"), {}, model).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(UntunedConfigurationTest, NamesTheConstraintsWhereNothingIsLeft) {
  const absl::Status status =
      UntunedConfiguration(SpaceWithConstraint("a > 5"), {}, NoVariables).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("of 6, constraints removed c 6"));
}

}  // namespace
}  // namespace attune
