#include "attention/cuda/functors/user_functors.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune::functors {
namespace {

TEST(UserFunctorsTest, ScoreModifierReadsItsBuffersByName) {
  const std::string source =
      ScoreModifierSource("score + bias[h] * (kv - q)",
                          {{.name = "bias"}, {.name = "ids", .element = BufferElement::kInt32}});
  EXPECT_TRUE(absl::StrContains(source, "const float* __restrict__ bias;")) << source;
  EXPECT_TRUE(absl::StrContains(source, "ids(static_cast<const int*>(attune_p.buffers[1]))"));
  EXPECT_TRUE(
      absl::StrContains(source, "#line 1 \"score_modifier\"\nscore + bias[h] * (kv - q)\n"));
}

TEST(UserFunctorsTest, MaskHasItsOwnLine) {
  EXPECT_TRUE(absl::StrContains(MaskSource("kv % 3 != 1 || kv == q", {}),
                                "#line 1 \"mask\"\nkv % 3 != 1 || kv == q\n"));
}

TEST(UserFunctorsTest, ABufferNamedMinDoesNotHideTheFunction) {
  for (const std::string& source : {ScoreModifierSource("score + min[kv]", {{.name = "min"}}),
                                    MaskSource("min[kv] < 1", {{.name = "min"}})}) {
    EXPECT_TRUE(absl::StrContains(source, " q = ::min(attune_at.q, q_len - 1)")) << source;
    EXPECT_TRUE(absl::StrContains(source, " kv = ::min(attune_at.kv, kv_len - 1)")) << source;
  }
}

TEST(UserFunctorsTest, UsersModifierFollowsTheBuiltInOnes) {
  EXPECT_EQ(UserModifierType("attune::functors::Alibi"),
            "attune::functors::Then<attune::functors::Alibi, attune::functors::UserScore>");
}

}  // namespace
}  // namespace attune::functors
