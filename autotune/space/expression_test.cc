#include "autotune/space/expression.h"

#include <cmath>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<double> Evaluate(absl::string_view text, const Variables& variables = {}) {
  absl::StatusOr<CompiledExpression> expression = CompiledExpression::Parse(text);
  if (!expression.ok()) return expression.status();
  return expression->Evaluate(variables);
}

TEST(ExpressionTest, EvaluatesAsCppDoes) {
  const Variables variables = {{"a", 6}, {"b", 4}, {"zero", 0}};
  const struct {
    const char* text;
    double value;
  } cases[] = {
      {"a + b * 2", 14},
      {"(a + b) * 2", 20},
      {"a / b", 1.5},
      {"a - b - 1", 1},
      {"-a + b", -2},
      {"a % b", 2},
      {"a * b % 5", 4},
      {"2 + a % b * 3", 8},
      {"-a % b", -2},
      {"a > b && b > zero", 1},
      {"a < b || b <= zero", 0},
      {"zero && zero || 1", 1},
      {"1 || zero && zero", 1},
      {"!a", 0},
      {"!zero", 1},
      {"!a == b", 0},
      {"!zero * b", 4},
      {"!(a == 6)", 0},
      {"-(!zero)", -1},
      {"a != 6", 0},
      {"a >= 6 ? b : zero", 4},
      {"a < 6 ? 1 : b < 4 ? 2 : 3", 3},
      {"min(a, b, 5)", 4},
      {"max(a, b)", 6},
      {"ceil(a / b)", 2},
      {"floor(a / b)", 1},
      {"abs(b - a)", 2},
      {"log2(b)", 2},
      {"ceil_div(a, b)", 2},
      {"ceil_div(8, b)", 2},
      {"ceil_div(-a, b)", -1},
      {"1.5e3", 1500},
  };
  for (const auto& [text, value] : cases) {
    const absl::StatusOr<double> result = Evaluate(text, variables);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_DOUBLE_EQ(*result, value) << text;
  }
}

TEST(ExpressionTest, IntegerDivisionIsExactAtTheLimit) {
  const double most = 9007199254740992.0;  // 2^53
  EXPECT_EQ(*Evaluate("ceil_div(n, 2)", {{"n", most - 1}}), most / 2);
  EXPECT_EQ(*Evaluate("n % 2", {{"n", most - 1}}), 1);
  EXPECT_FALSE(Evaluate("ceil_div(n, 2)", {{"n", 2 * most}}).ok());
}

TEST(ExpressionTest, NamesAreSortedAndDistinct) {
  const auto expression = CompiledExpression::Parse("z + b2 * _a <= z ? c : z");
  ASSERT_TRUE(expression.ok()) << expression.status();
  EXPECT_THAT(expression->names(), ElementsAre("_a", "b2", "c", "z"));
  EXPECT_EQ(*expression->EvaluateInOrder({2, 3, 4, 5}), 5);
  EXPECT_EQ(*expression->EvaluateInOrder({0, 3, 4, 5}), 4);
}

TEST(ExpressionTest, SyntaxErrorsNameTheTextAndAreOneLine) {
  for (const char* text : {"a +",      "(a",    "a b",    "foo(3)", "ceil_div(1)", "a = 3", "a, b",
                           "\"text\"", "a ^ b", "a; b",   "a\n+ b", "1 ? 2",       "max()", "a &",
                           "a +* b",   ")",     "sin(1)", "_pi(",   "a ? : b",     "? :"}) {
    const absl::Status status = Evaluate(text, {{"a", 1}, {"b", 1}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("expression \"")) << text;
    EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
  }
  EXPECT_FALSE(Evaluate("").ok());
  EXPECT_FALSE(Evaluate("  ").ok());
  EXPECT_FALSE(Evaluate(std::string(3000, '(')).ok());
}

TEST(ExpressionTest, AssignmentIsPointedOut) {
  const absl::Status status = CompiledExpression::Parse("stages = 3").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("compare with '==' at character 8"));
}

TEST(ExpressionTest, ValuesThatMeanNothingAreErrors) {
  for (const char* text : {"1 / zero", "log2(zero)", "3 % zero", "3.5 % 2", "ceil_div(3, zero)",
                           "ceil_div(1.5, 1)", "3 % zero == 0", "3 % 0 == 0", "zero / zero"}) {
    const absl::Status status = Evaluate(text, {{"zero", 0}}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
}

TEST(ExpressionTest, ConditionalGuardsADivision) {
  EXPECT_EQ(*Evaluate("zero > 0 ? 3 % zero : 7", {{"zero", 0}}), 7);
}

TEST(ExpressionTest, MissingVariableIsNamed) {
  const absl::Status status = Evaluate("a + shared_bytes", {{"a", 1}}).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("shared_bytes"));
}

TEST(ExpressionTest, EvaluatesFromManyThreads) {
  const auto expression = CompiledExpression::Parse("a * 2 + b");
  ASSERT_TRUE(expression.ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        const double a = t, b = i;
        ASSERT_EQ(*expression->EvaluateInOrder({a, b}), 2 * a + b);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ExpressionTest, TellsVariableNamesFromOthers) {
  for (const char* name : {"a", "_", "block_m", "A1"}) EXPECT_TRUE(IsVariableName(name)) << name;
  for (const char* name : {"", "1a", "a-b", "min", "ceil_div", "a b", "é"}) {
    EXPECT_FALSE(IsVariableName(name)) << name;
  }
}

}  // namespace
}  // namespace attune
