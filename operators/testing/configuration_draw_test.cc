#include "operators/testing/configuration_draw.h"

#include <set>

#include "gtest/gtest.h"

namespace attune {
namespace {

constexpr char kSpace[] = R"(
  kernel: 'drawn'
  parameter { name: 'tile' values: [1, 2, 4, 8] default_value: 4 doc: 'rows' }
  parameter { name: 'width' values: [1, 2] default_value: 1 doc: 'columns' }
  constraint { name: 'exists' expression: 'tile * width <= 8' doc: 'what there is code for' }
  constraint { name: 'fits' expression: 'tile <= length' doc: 'no empty rows' }
  constraint { name: 'room' expression: 'bytes <= 4' doc: 'modelled' }
)";

TEST(ConfigurationDrawTest, OnlyWhatIsAdmittedIsDrawnAndAllOfIt) {
  const ParameterSpace space = ParameterSpace::Parse(kSpace, "test").value();
  std::set<std::string> drawn;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const auto configuration = DrawAdmitted(
        space, space.Default(), {{"length", 4}},
        [](const Configuration& asked) {
          const int64_t bytes = asked.Get("tile") * asked.Get("width");
          EXPECT_LE(bytes, 8) << "the model was asked of what has no code";
          return Variables{{"length", 4}, {"bytes", static_cast<double>(bytes)}};
        },
        seed);
    ASSERT_TRUE(configuration.has_value());
    drawn.insert(configuration->ToString());
  }
  EXPECT_EQ(drawn, (std::set<std::string>{"tile=1,width=1", "tile=1,width=2", "tile=2,width=1",
                                          "tile=2,width=2", "tile=4,width=1"}));
}

TEST(ConfigurationDrawTest, NothingIsDrawnWhereNothingIsAdmitted) {
  const ParameterSpace space = ParameterSpace::Parse(kSpace, "test").value();
  EXPECT_FALSE(DrawAdmitted(
                   space, space.Default(), {{"length", 0}},
                   [](const Configuration&) { return Variables{}; }, 1)
                   .has_value());
}

}  // namespace
}  // namespace attune
