#include "autotune/space/parameter_space.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kSpace[] = R"(
kernel: "tile"
parameter { name: "m" values: [16, 32, 64] default_value: 32 doc: "rows" }
parameter { name: "n" values: [8, 16] default_value: 8 }
constraint { name: "fits" expression: "bytes <= device_bytes" doc: "the tile fits" }
constraint { name: "wide" expression: "n * 2 <= m" }
)";

ParameterSpace MakeSpace(absl::string_view text) {
  absl::StatusOr<ParameterSpace> space = ParameterSpace::Parse(text, "tile.space.textproto");
  EXPECT_TRUE(space.ok()) << space.status();
  return *std::move(space);
}

absl::StatusOr<Variables> TileModel(const Configuration& configuration) {
  return Variables{{"bytes", configuration.Get("m") * configuration.Get("n")},
                   {"device_bytes", 512}};
}

TEST(ParameterSpaceTest, ReadsWhatTheTextDeclares) {
  const ParameterSpace space = MakeSpace(kSpace);
  EXPECT_EQ(space.kernel(), "tile");
  ASSERT_THAT(space.parameters(), SizeIs(2));
  EXPECT_THAT(space.parameters()[0].values, ElementsAre(16, 32, 64));
  EXPECT_EQ(space.parameters()[0].doc, "rows");
  ASSERT_THAT(space.constraints(), SizeIs(2));
  EXPECT_EQ(space.constraints()[0].expression, "bytes <= device_bytes");
  EXPECT_EQ(space.size(), 6);
  EXPECT_EQ(space.Default().ToString(), "m=32,n=8");
}

TEST(ParameterSpaceTest, EnumerationCountsWhatEachConstraintRemoved) {
  const absl::StatusOr<Enumeration> enumeration = MakeSpace(kSpace).Enumerate(TileModel);
  ASSERT_TRUE(enumeration.ok()) << enumeration.status();
  EXPECT_THAT(enumeration->admitted,
              ElementsAre(*Configuration::Parse("m=16,n=8"), *Configuration::Parse("m=32,n=8"),
                          *Configuration::Parse("m=32,n=16"), *Configuration::Parse("m=64,n=8")));
  EXPECT_THAT(enumeration->removed, ElementsAre(Pair("fits", 1), Pair("wide", 1)));
}

TEST(ParameterSpaceTest, ModelIsAskedOnlyWhereParametersAloneAdmit) {
  int calls = 0;
  const auto model = [&](const Configuration& configuration) {
    EXPECT_NE(configuration.ToString(), "m=16,n=16");
    ++calls;
    return TileModel(configuration);
  };
  ASSERT_TRUE(MakeSpace(kSpace).Enumerate(model).ok());
  EXPECT_EQ(calls, 5);
}

TEST(ParameterSpaceTest, StaticEnumerationIgnoresConstraintsOnVariables) {
  const absl::StatusOr<std::vector<Configuration>> admitted = MakeSpace(kSpace).EnumerateStatic();
  ASSERT_TRUE(admitted.ok()) << admitted.status();
  EXPECT_THAT(*admitted, SizeIs(5));
}

TEST(ParameterSpaceTest, RemovedByAgreesWithEnumerate) {
  const ParameterSpace space = MakeSpace(kSpace);
  const Variables tight = {{"bytes", 2}, {"device_bytes", 1}};
  const Variables roomy = {{"bytes", 1}, {"device_bytes", 1}};
  EXPECT_EQ(*space.RemovedBy(*Configuration::Parse("m=16,n=16"), tight), "wide");
  EXPECT_EQ(*space.RemovedBy(*Configuration::Parse("m=32,n=8"), tight), "fits");
  EXPECT_EQ(*space.RemovedBy(*Configuration::Parse("m=32,n=8"), roomy), std::nullopt);
}

TEST(ParameterSpaceTest, VariableThatNobodyGivesIsNamed) {
  const absl::Status status =
      MakeSpace(kSpace).RemovedBy(*Configuration::Parse("m=32,n=8"), {{"bytes", 1}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("constraint fits of tile names device_bytes"));
}

TEST(ParameterSpaceTest, FailingExpressionNamesConstraintAndConfiguration) {
  const ParameterSpace space = MakeSpace(R"(
    kernel: "k" parameter { name: "a" values: [0, 1] default_value: 1 }
    constraint { name: "even" expression: "4 % a == 0" })");
  const absl::Status status = space.EnumerateStatic().status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("constraint even of k, at a=0: "));
}

TEST(ParameterSpaceTest, ErrorsOfTheModelAreReturned) {
  const absl::Status status =
      MakeSpace(kSpace)
          .Enumerate([](const Configuration&) { return absl::InternalError("no model"); })
          .status();
  EXPECT_EQ(status.message(), "no model");
}

TEST(ParameterSpaceTest, ValidateWantsEveryParameterInOrderWithADeclaredValue) {
  const ParameterSpace space = MakeSpace(kSpace);
  EXPECT_TRUE(space.Validate(*Configuration::Parse("m=64,n=16")).ok());
  for (const char* text : {"", "m=64", "n=16,m=64", "m=64,n=16,o=1", "m=64,n=9"}) {
    EXPECT_EQ(space.Validate(*Configuration::Parse(text)).code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(ParameterSpaceTest, MistakesInTheTextHaveTheirPlace) {
  const std::string head = "kernel: \"k\"\n";
  const std::string parameter = "parameter { name: \"a\" values: [1, 2] default_value: 1 }\n";
  const struct {
    std::string text;
    const char* place;
    const char* what;
  } cases[] = {
      {"", "s:1:1: ", "kernel"},
      {"kernel: \"a b\"", "s:1:1: ", "no identifier"},
      {head, "s:1:1: ", "no parameter"},
      {head + "oops: 1", "s:2:5: ", "oops"},
      {head + "parameter {", "s:2:12: ", "Expected"},
      {head + "parameter { name: \"1a\" }", "s:2:13: ", "not an identifier"},
      {head + "parameter { name: \"max\" }", "s:2:13: ", "name of a function"},
      {head + "parameter { name: \"a\" }", "s:2:1: ", "no values"},
      {head + "parameter { name: \"a\"\n values: [2, 1] }", "s:3:2: ", "do not ascend"},
      {head + "parameter { name: \"a\"\n values: [1, 1] }", "s:3:2: ", "do not ascend"},
      {head + "parameter { name: \"a\" values: 9007199254740993 }", "s:2:", "beyond 2^53"},
      {head + "parameter { name: \"a\" values: [1, 2]\n  default_value: 3 }",
       "s:3:3: ", "default_value 3 is not among the values 1, 2"},
      {head + parameter + parameter, "s:3:", "declared twice"},
      {head + parameter + "constraint { name: \"c\"\n expression: \"a +\" }", "s:4:2: ", "\"a +\""},
      {head + parameter + "constraint { name: \"c\"\n expression: \"a = 1\" }", "s:4:2: ", "'=='"},
      {head + parameter + "constraint { expression: \"a\" }", "s:3:1: ", "not an identifier"},
      {head + parameter + "constraint { name: \"c\" expression: \"a\" }\n" +
           "constraint { name: \"c\" expression: \"a\" }",
       "s:4:", "declared twice"},
  };
  for (const auto& [text, place, what] : cases) {
    const absl::Status status = ParameterSpace::Parse(text, "s").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), StartsWith(place)) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what)) << text;
    EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
  }
}

TEST(ParameterSpaceTest, SpacesTooLargeToEnumerateAreRefused) {
  std::string text = "kernel: \"k\"\n";
  for (int i = 0; i < 70; ++i) {
    absl::StrAppend(&text, "parameter { name: \"p", i, "\" values: [0, 1] }\n");
  }
  const absl::Status status = ParameterSpace::Parse(text, "s").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("too many to enumerate"));
}

TEST(ParameterSpaceTest, EnumeratesAHundredThousandCombinations) {
  std::string text = "kernel: \"k\"\n";
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    absl::StrAppend(&text, "parameter { name: \"", name, "\" values: [0,1,2,3,4,5,6,7,8,9] }\n");
  }
  absl::StrAppend(&text, "constraint { name: \"even\" expression: \"(a + b + c) % 2 == 0\" }\n",
                  "constraint { name: \"small\" expression: \"d * e <= limit\" }\n");
  int64_t calls = 0;
  const auto model = [&](const Configuration&) -> absl::StatusOr<Variables> {
    ++calls;
    return Variables{{"limit", 8}};
  };
  const absl::StatusOr<Enumeration> enumeration = MakeSpace(text).Enumerate(model);
  ASSERT_TRUE(enumeration.ok()) << enumeration.status();
  EXPECT_EQ(calls, 50000);
  EXPECT_EQ(enumeration->removed.at("even"), 50000);
  // 39 of the 100 pairs of digits have a product of at most 8.
  EXPECT_THAT(enumeration->admitted, SizeIs(500 * 39));
}

}  // namespace
}  // namespace attune
