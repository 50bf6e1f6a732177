#include "autotune/search/searcher_factory.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::Contains;

TEST(SearcherFactoryTest, MakesEveryStrategyItNames) {
  const std::vector<std::string> names = SearcherNames();
  EXPECT_THAT(names, Contains("exhaustive"));
  EXPECT_THAT(names, Contains("random"));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  const Configuration only({{"x", 1}});
  for (const std::string& name : names) {
    auto searcher = MakeSearcher(name, {{only}, only, 1});
    ASSERT_TRUE(searcher.ok()) << searcher.status();
    EXPECT_EQ((*searcher)->Ask(), only) << name;
  }
}

TEST(SearcherFactoryTest, UnknownStrategyIsToldTheKnownOnes) {
  const absl::Status status = MakeSearcher("annealing", {}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()),
            "no search strategy \"annealing\"; there are exhaustive, genetic, halving, "
            "local, model, random");
}

}  // namespace
}  // namespace attune
