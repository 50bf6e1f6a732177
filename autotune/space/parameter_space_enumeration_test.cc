// Enumeration, which prunes, against the plain way on random spaces.
#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "autotune/space/configuration.h"
#include "autotune/space/expression.h"
#include "autotune/space/parameter_space.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr uint64_t kSeeds = 200;

// Draws in a row.
class Draws {
 public:
  explicit Draws(uint64_t seed) : seed_(seed) {}
  int64_t Below(int64_t count) {
    return static_cast<int64_t>(RandomBits(seed_, index_++) % static_cast<uint64_t>(count));
  }

 private:
  const uint64_t seed_;
  uint64_t index_ = 0;
};

// A space of p0, p1, ..., and constraints over them, f0 to f2 and m0 to m1.
struct RandomSpace {
  explicit RandomSpace(uint64_t seed) : draws(seed) {
    std::string text = "kernel: 'random'\n";
    const int64_t count = 1 + draws.Below(5);
    for (int64_t i = 0; i < count; ++i) {
      std::string values;
      const int64_t last = draws.Below(4);
      for (int64_t value = 0; value <= last; ++value) absl::StrAppend(&values, value * 3 + i, ",");
      values.pop_back();
      absl::StrAppend(&text, "parameter { name: 'p", i, "' values: [", values,
                      "] default_value: ", i, " }\n");
      names.push_back(absl::StrCat("p", i));
    }
    for (const char* name : {"f0", "f1", "f2", "m0", "m1"}) names.push_back(name);
    const int64_t constraints = draws.Below(7);
    for (int64_t i = 0; i < constraints; ++i) {
      absl::StrAppend(&text, "constraint { name: 'c", i, "' expression: '", Expression(), "' }\n");
    }
    for (const char* name : {"f0", "f1", "f2"}) {
      fixed[name] = static_cast<double>(draws.Below(12));
    }
    space = *ParameterSpace::Parse(text, "random");
  }

  std::string Name() { return names[draws.Below(static_cast<int64_t>(names.size()))]; }
  std::string Expression() {
    const int64_t bound = draws.Below(16);
    switch (draws.Below(4)) {
      case 0:
        return absl::StrCat(Name(), " + ", Name(), " >= ", bound);
      case 1:
        return absl::StrCat(Name(), " <= ", Name(), " + ", bound);
      case 2:
        return absl::StrCat("(", Name(), " + 2 * ", Name(), ") % 3 != ", bound % 3);
      default:
        return absl::StrCat(Name(), " > 4 || ", Name(), " <= ", bound);
    }
  }
  Variables Model(const Configuration& configuration) const {
    Variables variables = fixed;
    int64_t sum = 0;
    for (const auto& [name, value] : configuration.entries()) sum += value;
    variables["m0"] = static_cast<double>(sum % 7);
    variables["m1"] = static_cast<double>(sum);
    return variables;
  }

  Draws draws;
  std::vector<std::string> names;
  Variables fixed;
  ParameterSpace space =
      *ParameterSpace::Parse("kernel: 'k' parameter { name: 'p' values: 0 }", "none");
};

// When enumeration asks a constraint: at its last parameter, or after all of them.
size_t TurnOf(const CompiledExpression& expression, const Variables& fixed) {
  size_t turn = 0;
  for (const std::string& name : expression.names()) {
    if (fixed.count(name) > 0) continue;
    if (name[0] != 'p') return std::numeric_limits<size_t>::max();
    turn = std::max<size_t>(turn, static_cast<size_t>(name[1] - '0'));
  }
  return turn;
}

Enumeration TheLongWay(const RandomSpace& random, const Variables& fixed) {
  struct Asked {
    size_t turn;
    CompiledExpression expression;
    std::string name;
  };
  std::vector<Asked> asked;
  Enumeration enumeration;
  for (const Constraint& constraint : random.space.constraints()) {
    CompiledExpression expression = *CompiledExpression::Parse(constraint.expression);
    const size_t turn = TurnOf(expression, fixed);
    asked.push_back({turn, std::move(expression), constraint.name});
    enumeration.removed[constraint.name] = 0;
  }
  std::stable_sort(asked.begin(), asked.end(),
                   [](const Asked& a, const Asked& b) { return a.turn < b.turn; });

  const std::vector<Parameter>& parameters = random.space.parameters();
  for (int64_t number = 0; number < random.space.size(); ++number) {
    std::vector<Configuration::Entry> entries;
    int64_t rest = number;
    for (size_t i = parameters.size(); i-- > 0;) {
      const auto count = static_cast<int64_t>(parameters[i].values.size());
      entries.emplace_back(parameters[i].name, parameters[i].values[rest % count]);
      rest /= count;
    }
    std::reverse(entries.begin(), entries.end());
    const Configuration configuration(entries);
    Variables variables = random.Model(configuration);
    for (const auto& [name, value] : entries) variables[name] = static_cast<double>(value);
    const auto removing = std::find_if(asked.begin(), asked.end(), [&](const Asked& each) {
      return *each.expression.Evaluate(variables) == 0;
    });
    if (removing == asked.end()) {
      enumeration.admitted.push_back(configuration);
    } else {
      ++enumeration.removed[removing->name];
    }
  }
  return enumeration;
}

TEST(ParameterSpaceEnumerationTest, PruningChangesNothing) {
  int64_t removed_early = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const RandomSpace random(seed);
    const auto model = [&](const Configuration& configuration) -> absl::StatusOr<Variables> {
      return random.Model(configuration);
    };
    int64_t calls = 0;
    const auto counted = [&](const Configuration& configuration) {
      ++calls;
      return model(configuration);
    };
    for (const Variables& fixed : {Variables(), random.fixed}) {
      calls = 0;
      const Enumeration expected = TheLongWay(random, fixed);
      const absl::StatusOr<Enumeration> enumeration = random.space.Enumerate(fixed, counted);
      ASSERT_TRUE(enumeration.ok()) << enumeration.status();
      EXPECT_EQ(enumeration->admitted, expected.admitted) << random.space.text();
      EXPECT_EQ(enumeration->removed, expected.removed) << random.space.text();
    }
    removed_early += random.space.size() - calls;
  }
  EXPECT_GT(removed_early, 0);
}

TEST(ParameterSpaceEnumerationTest, ModelIsAskedOnlyWhereFixedVariablesAdmit) {
  const ParameterSpace space = *ParameterSpace::Parse(R"(
    kernel: 'k'
    parameter { name: 'a' values: [1, 2, 3, 4] default_value: 1 }
    parameter { name: 'b' values: [1, 2, 3, 4] default_value: 1 }
    constraint { name: 'short' expression: 'a <= limit' }
    constraint { name: 'modelled' expression: 'sum <= 4' })",
                                                      "s");
  int calls = 0;
  const auto model = [&](const Configuration& configuration) -> absl::StatusOr<Variables> {
    ++calls;
    return Variables{{"limit", 2}, {"sum", configuration.Get("a") + configuration.Get("b")}};
  };
  const absl::StatusOr<Enumeration> enumeration = space.Enumerate({{"limit", 2}}, model);
  ASSERT_TRUE(enumeration.ok()) << enumeration.status();
  EXPECT_EQ(calls, 8);
  EXPECT_EQ(enumeration->removed.at("short"), 8);
  EXPECT_EQ(enumeration->removed.at("modelled"), 3);
  EXPECT_EQ(enumeration->admitted.size(), 5u);
}

TEST(ParameterSpaceEnumerationTest, AModelThatContradictsWhatIsFixedIsRefused) {
  const ParameterSpace space = *ParameterSpace::Parse(
      "kernel: 'k' parameter { name: 'a' values: [1, 2] default_value: 1 }", "s");
  const auto model = [](const Configuration& configuration) -> absl::StatusOr<Variables> {
    return Variables{{"limit", configuration.Get("a")}};
  };
  EXPECT_EQ(space.Enumerate({{"limit", 1}}, model).status(),
            absl::InternalError("variable limit was said to be 1 for every configuration; for a=2 "
                                "the model gives 2"));
  EXPECT_EQ(space.Enumerate({{"size", 1}}, model).status().code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace attune
