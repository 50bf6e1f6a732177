#include "operators/changed_configuration.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(ChangedConfigurationTest, ParametersKeepTheirOrderAndTheOthersTheirValues) {
  const Configuration configuration({{"block_m", 64}, {"block_n", 32}, {"warps", 4}});
  EXPECT_EQ(Changed(configuration, {{"warps", 8}, {"block_m", 128}}).ToString(),
            "block_m=128,block_n=32,warps=8");
  EXPECT_EQ(Changed(configuration, {}), configuration);
}

TEST(ChangedConfigurationDeathTest, NamingAParameterThatIsNotThereIsAMistake) {
#ifdef NDEBUG
  GTEST_SKIP() << "an assertion says so, and this build has none";
#endif
  EXPECT_DEATH(Changed(Configuration({{"block_m", 64}}), {{"block_k", 1}}), "no parameter");
}

}  // namespace
}  // namespace attune
