#include "autotune/search/features.h"

#include "autotune/space/variables.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Configuration Block(int64_t block) { return Configuration({{"block", block}}); }

TEST(FeaturesTest, AreTheVariablesThatDiffer) {
  const auto model = [](const Configuration& c) -> absl::StatusOr<Variables> {
    const auto block = static_cast<double>(c.Get("block"));
    Variables variables = {{"shared_bytes", 100 * block}, {"length", 7}, {"registers", 9 - block}};
    if (block > 1) variables["only_of_large_blocks"] = block;
    return variables;
  };
  const auto features = FeaturesOf({Block(1), Block(2), Block(4)}, model);
  ASSERT_TRUE(features.ok()) << features.status();
  EXPECT_THAT(features->names, ElementsAre("registers", "shared_bytes"));
  EXPECT_THAT(features->rows,
              ElementsAre(ElementsAre(8, 100), ElementsAre(7, 200), ElementsAre(5, 400)));
}

TEST(FeaturesTest, AreNoneWithoutCandidates) {
  const auto features = FeaturesOf({}, [](const Configuration&) -> absl::StatusOr<Variables> {
    return Variables{{"a", 1}};
  });
  ASSERT_TRUE(features.ok());
  EXPECT_THAT(features->rows, IsEmpty());
}

TEST(FeaturesTest, ModelsErrorIsTheirs) {
  const auto features =
      FeaturesOf({Block(1)}, [](const Configuration&) -> absl::StatusOr<Variables> {
        return absl::InternalError("no such problem");
      });
  EXPECT_EQ(features.status(), absl::InternalError("no such problem"));
}

}  // namespace
}  // namespace attune
