#include "autotune/space/configuration.h"

#include <string>

#include "absl/hash/hash_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TEST(ConfigurationTest, GetsValuesByName) {
  const Configuration configuration({{"block_m", 128}, {"stages", -3}});
  EXPECT_EQ(configuration.Get("block_m"), 128);
  EXPECT_EQ(configuration.Get("stages"), -3);
}

TEST(ConfigurationDeathTest, AskingForAnUnknownParameterIsAMistake) {
#ifdef NDEBUG
  GTEST_SKIP() << "an assertion says so, and this build has none";
#endif
  EXPECT_DEATH(Configuration({{"block_m", 128}}).Get("block_n"), "no parameter of this name");
}

TEST(ConfigurationTest, TextRoundTripsInOrder) {
  for (const char* text : {"", "b=1", "b=1,a=-9223372036854775808", "block_m=128,block_n=176"}) {
    const absl::StatusOr<Configuration> parsed = Configuration::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->ToString(), text);
  }
}

TEST(ConfigurationTest, MalformedTextIsNamedInTheError) {
  for (const char* text : {"block_m", "=1", "block_m=", "block_m=x", "a=1,", "a=1,,b=2",
                           "a=9223372036854775808", "a=1=2"}) {
    const absl::Status status = Configuration::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("expected name=integer")) << text;
  }
}

TEST(ConfigurationTest, RepeatedNamesAreAnError) {
  const absl::Status status = Configuration::Parse("a=1,b=2,a=1").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("parameter a stands twice"));
}

TEST(ConfigurationTest, ComparesAndHashesByContent) {
  const Configuration a({{"m", 1}, {"n", 2}});
  const Configuration b({{"m", 1}, {"n", 3}});
  EXPECT_EQ(a, Configuration({{"m", 1}, {"n", 2}}));
  EXPECT_LT(a, b);
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {Configuration(), a, b, Configuration({{"n", 2}, {"m", 1}})}));
}

}  // namespace
}  // namespace attune
