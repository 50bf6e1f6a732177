#include "attention/families.h"

#include <set>
#include <string>

#include "attention/testing_family.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

TEST(AttentionFamiliesTest, ThoseOfADirectionKeepTheirOrder) {
  const TestingFamily fast("fast"), backward("backwards", Direction::kBackward), general("general");
  const AttentionFamily* const families[] = {&fast, &backward, &general};
  EXPECT_THAT(OfDirection(families, Direction::kForward), ElementsAre(&fast, &general));
  EXPECT_THAT(OfDirection(families, Direction::kBackward), ElementsAre(&backward));
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
