#include "attention/cuda/functors/user_functors.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune::functors {
namespace {

TEST(UserFunctorsTest, ScoreModifierReadsItsBuffersByName) {
  const auto source = ScoreModifierSource("score + bias[h] * (kv - q)", {{"bias"}, {"ids", "int"}});
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE(absl::StrContains(*source, "const float* __restrict__ bias;")) << *source;
  EXPECT_TRUE(absl::StrContains(*source, "ids(static_cast<const int*>(attune_p.buffers[1]))"));
  EXPECT_TRUE(
      absl::StrContains(*source, "#line 1 \"score_modifier\"\nscore + bias[h] * (kv - q)\n"));
}

TEST(UserFunctorsTest, MaskHasItsOwnLine) {
  const auto source = MaskSource("kv % 3 != 1 || kv == q", {});
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_TRUE(absl::StrContains(*source, "#line 1 \"mask\"\nkv % 3 != 1 || kv == q\n"));
}

TEST(UserFunctorsTest, RefusesWhatIsNoSingleExpression) {
  for (const char* const expression : {"", "  ", "score; score", "[]{ return 1; }()",
                                       "score // twice", "score\n+ 1", "#define x"}) {
    EXPECT_FALSE(ScoreModifierSource(expression, {}).ok()) << expression;
    EXPECT_FALSE(MaskSource(expression, {}).ok()) << expression;
  }
}

TEST(UserFunctorsTest, RefusesBufferNamesThatClash) {
  for (const char* const name : {"", "1st", "a b", "score", "kv_len"}) {
    EXPECT_FALSE(ScoreModifierSource("score", {{name}}).ok()) << name;
  }
  EXPECT_FALSE(ScoreModifierSource("score", {{"x"}, {"x"}}).ok());
  std::vector<UserBuffer> many;
  for (int i = 0; i < 9; ++i) many.push_back({"x" + std::to_string(i)});
  EXPECT_FALSE(ScoreModifierSource("score", many).ok());
}

TEST(UserFunctorsTest, UsersModifierFollowsTheBuiltInOnes) {
  EXPECT_EQ(UserModifierType("attune::functors::Alibi"),
            "attune::functors::Then<attune::functors::Alibi, attune::functors::UserScore>");
}

}  // namespace
}  // namespace attune::functors
