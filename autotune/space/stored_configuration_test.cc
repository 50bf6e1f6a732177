#include "autotune/space/stored_configuration.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(StoredConfigurationTest, RoundTripsInTheOrderOfItsParameters) {
  const Configuration configuration = *Configuration::Parse("z=1,a=-2");
  const ConfigurationProto proto = ToProto(configuration);
  EXPECT_EQ(FromProto(proto), configuration);
  EXPECT_EQ(proto.entry(0).name(), "z");
}

TEST(StoredConfigurationTest, FilesOfBeforeAreRead) {
  // Field numbers are those of every cache and log that exists.
  constexpr char kBytes[] = "\x0a\x05\x0a\x01z\x10\x07";
  ConfigurationProto proto;
  ASSERT_TRUE(proto.ParseFromArray(kBytes, sizeof(kBytes) - 1));
  EXPECT_EQ(FromProto(proto), *Configuration::Parse("z=7"));
}

}  // namespace
}  // namespace attune
