#include "autotune/trial_log/trial_log_header.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(TrialLogHeaderTest, CountsWhatEachConstraintRemovedInTheOrderOfTheSpace) {
  const ParameterSpace space = *ParameterSpace::Parse(R"(
    kernel: 'tile'
    parameter { name: 'm' values: [1, 2, 4, 8] default_value: 1 }
    constraint { name: 'small' expression: 'm <= 4' }
    constraint { name: 'even' expression: 'm % 2 == 0' })",
                                                      "tile");
  const auto enumeration = space.Enumerate(
      [](const Configuration&) -> absl::StatusOr<Variables> { return Variables(); });
  ASSERT_TRUE(enumeration.ok()) << enumeration.status();
  CacheKey key;
  key.set_family("tile");
  const TrialLogHeader header = MakeTrialLogHeader(key, space, *enumeration);
  EXPECT_EQ(header.key().family(), "tile");
  EXPECT_EQ(header.space(), space.text());
  EXPECT_EQ(header.space_size(), 4);
  EXPECT_EQ(header.admitted(), 2);
  ASSERT_EQ(header.constraint_size(), 2);
  EXPECT_EQ(header.constraint(0).name(), "small");
  EXPECT_EQ(header.constraint(0).removed(), 1);
  EXPECT_EQ(header.constraint(1).name(), "even");
  EXPECT_EQ(header.constraint(1).removed(), 1);
}

}  // namespace
}  // namespace attune
