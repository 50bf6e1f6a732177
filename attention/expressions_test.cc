#include "attention/expressions.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(CheckExpressionTest, TakesExpressions) {
  EXPECT_TRUE(CheckExpression("mask", "kv % 3 != 1 || kv == q").ok());
  EXPECT_TRUE(CheckExpression("score modifier", "score + bias[h] * (kv - q)").ok());
}

TEST(CheckExpressionTest, RefusesWhatIsNoSingleExpression) {
  for (const char* const expression :
       {"", "  ", "score; score", "[]{ return 1; }()", "score // twice", "score /* here */",
        "score\n+ 1", "#define x", "score \\"}) {
    const absl::Status status = CheckExpression("score modifier", expression);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << expression;
    EXPECT_NE(status.message().find("score modifier '"), absl::string_view::npos) << status;
  }
}

TEST(CheckBufferNamesTest, RefusesNamesThatClash) {
  EXPECT_TRUE(CheckBufferNames({"bias", "ids", "min", "integer", "_x", "attune"}).ok());
  for (const char* const name :
       {"", "1st", "a b", "score", "kv_len", "int", "float", "requires", "xor", "__restrict__",
        "attune_at", "attune_bias", "Position", "UserScore", "kAlways"}) {
    EXPECT_FALSE(CheckBufferNames({name}).ok()) << name;
  }
  EXPECT_FALSE(CheckBufferNames({"x", "x"}).ok());
  std::vector<std::string> many;
  for (int64_t i = 0; i <= kMaxNamedBuffers; ++i) many.push_back("x" + std::to_string(i));
  EXPECT_FALSE(CheckBufferNames(many).ok());
}

TEST(BufferElementTest, NamesAreReadAsTheyAreWritten) {
  for (const BufferElement element : {BufferElement::kFloat32, BufferElement::kInt32}) {
    const auto parsed = ParseBufferElement(BufferElementName(element));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, element);
  }
  EXPECT_FALSE(ParseBufferElement("fp64").ok());
}

}  // namespace
}  // namespace attune
