#include "operators/family_choice.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Families fast and general, each of which supports the problem unless told why it does not.
class FamilyChoiceTest : public ::testing::Test {
 protected:
  absl::StatusOr<absl::string_view> Choose(absl::string_view wanted = "",
                                           absl::string_view absent = "") {
    passed_over_.clear();
    const absl::string_view names[] = {"fast", "general"};
    const auto supports = [&](size_t i) {
      const auto refusal = refusals_.find(names[i]);
      return refusal == refusals_.end() ? absl::OkStatus()
                                        : absl::UnimplementedError(refusal->second);
    };
    const auto first = FirstSupporting(
        names, supports, [] { return std::string("length=16"); },
        {.operator_name = "attention_forward", .wanted = wanted, .absent = absent},
        {.id = "cuda:0"}, passed_over_);
    if (!first.ok()) return first.status();
    return names[*first];
  }
  std::string Error(absl::StatusCode code, absl::string_view wanted = "",
                    absl::string_view absent = "") {
    const absl::Status status = Choose(wanted, absent).status();
    EXPECT_EQ(status.code(), code) << status;
    return std::string(status.message());
  }

  std::map<std::string, std::string, std::less<>> refusals_;
  std::vector<std::string> passed_over_;
};

TEST_F(FamilyChoiceTest, TheFirstThatSupportsTheProblemIsChosen) {
  EXPECT_EQ(Choose().value(), "fast");
  EXPECT_THAT(passed_over_, IsEmpty());
}

TEST_F(FamilyChoiceTest, ThoseBeforeItAreNamedWithTheirReasons) {
  refusals_["fast"] = "needs sm_90";
  EXPECT_EQ(Choose().value(), "general");
  EXPECT_THAT(passed_over_, ElementsAre("fast: needs sm_90"));
}

TEST_F(FamilyChoiceTest, TheWantedOneIsTheOnlyOneAsked) {
  EXPECT_EQ(Choose("general").value(), "general");
  refusals_["general"] = "no fp64";
  const std::string error = Error(absl::StatusCode::kUnimplemented, "general");
  EXPECT_THAT(error, HasSubstr("general: no fp64"));
  EXPECT_THAT(error, Not(HasSubstr("fast")));
}

TEST_F(FamilyChoiceTest, NoFamilyMeansEveryReason) {
  refusals_["fast"] = "needs sm_90";
  refusals_["general"] = "no fp64";
  EXPECT_EQ(Error(absl::StatusCode::kUnimplemented),
            "no kernel family computes attention_forward of length=16 on cuda:0: fast: needs "
            "sm_90; general: no fp64");
  EXPECT_THAT(Error(absl::StatusCode::kUnimplemented, "", "built without a toolkit"),
              HasSubstr("no fp64 (built without a toolkit)"));
}

TEST_F(FamilyChoiceTest, AnUnknownNameListsThoseThatThereAre) {
  EXPECT_EQ(Error(absl::StatusCode::kNotFound, "fats"),
            "no family called 'fats' computes attention_forward; there are fast, general");
}

}  // namespace
}  // namespace attune
