#include "attention/families.h"

#include <set>
#include <string>

#include "attention/testing_family.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Problem kProblem = {.q_len = 16, .kv_len = 16, .qk_dim = 64, .v_dim = 64};

// Two forward families, the faster one first, and one backward.
class FamiliesTest : public ::testing::Test {
 protected:
  absl::StatusOr<FamilyChoice> Choose(Direction direction, absl::string_view wanted = "") const {
    return ChooseFamily(families_, kProblem, direction, {.id = "cuda:0"}, wanted);
  }
  std::string Error(Direction direction, absl::StatusCode code, absl::string_view wanted = "") {
    const absl::Status status = Choose(direction, wanted).status();
    EXPECT_EQ(status.code(), code) << status;
    return std::string(status.message());
  }

  TestingFamily fast_{"fast"};
  TestingFamily general_{"general"};
  TestingFamily backward_{"backwards", Direction::kBackward};
  const AttentionFamily* const families_[3] = {&fast_, &backward_, &general_};
};

TEST_F(FamiliesTest, TheFirstThatSupportsTheProblemIsChosen) {
  const auto choice = Choose(Direction::kForward);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->family, &fast_);
  EXPECT_THAT(choice->passed_over, IsEmpty());
  EXPECT_EQ(Choose(Direction::kBackward)->family, &backward_);
}

TEST_F(FamiliesTest, ThoseBeforeItAreNamedWithTheirReasons) {
  fast_.set_supports(absl::UnimplementedError("needs sm_90"));
  const auto choice = Choose(Direction::kForward);
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->family, &general_);
  EXPECT_THAT(choice->passed_over, ElementsAre("fast: needs sm_90"));
}

TEST_F(FamiliesTest, TheWantedOneIsTheOnlyOneAsked) {
  EXPECT_EQ(Choose(Direction::kForward, "general")->family, &general_);
  general_.set_supports(absl::UnimplementedError("no fp64"));
  const std::string error = Error(Direction::kForward, absl::StatusCode::kUnimplemented, "general");
  EXPECT_THAT(error, HasSubstr("general: no fp64"));
  EXPECT_THAT(error, Not(HasSubstr("fast")));
}

TEST_F(FamiliesTest, NoFamilyMeansEveryReason) {
  fast_.set_supports(absl::UnimplementedError("needs sm_90"));
  general_.set_supports(absl::UnimplementedError("no fp64"));
  const std::string error = Error(Direction::kForward, absl::StatusCode::kUnimplemented);
  EXPECT_THAT(error, HasSubstr("attention_forward"));
  EXPECT_THAT(error, HasSubstr("cuda:0"));
  EXPECT_THAT(error, HasSubstr("fast: needs sm_90; general: no fp64"));
}

TEST_F(FamiliesTest, AnUnknownNameListsThoseOfTheDirection) {
  EXPECT_THAT(Error(Direction::kForward, absl::StatusCode::kNotFound, "fats"),
              HasSubstr("no family called 'fats' computes attention_forward; there are fast, "
                        "general"));
  EXPECT_THAT(Error(Direction::kBackward, absl::StatusCode::kNotFound, "fast"),
              HasSubstr("there are backwards"));
}

TEST(AttentionFamiliesTest, NamesAreDistinctAndThoseOfTheSpaces) {
  std::set<std::string> names;
  for (const AttentionFamily* family : AttentionFamilies()) {
    EXPECT_TRUE(names.insert(std::string(family->name())).second) << family->name();
    EXPECT_EQ(family->space().kernel(), family->name());
  }
}

}  // namespace
}  // namespace attune
