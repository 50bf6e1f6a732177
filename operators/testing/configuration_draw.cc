#include "operators/testing/configuration_draw.h"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr int kDraws = 20000;
// One parameter in so many is drawn: of draws of all of them the constraints of a large space admit
// too few.
constexpr uint64_t kDrawn = 4;

}  // namespace

uint64_t TestSeed() {
  const char* const text = std::getenv("ATTUNE_TEST_SEED");
  uint64_t seed = 0;
  return text != nullptr && absl::SimpleAtoi(text, &seed) ? seed : 1;
}

std::optional<Configuration> DrawAdmitted(
    const ParameterSpace& space, const Configuration& untuned, const Variables& fixed,
    absl::FunctionRef<Variables(const Configuration&)> variables, uint64_t seed) {
  uint64_t draws = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<Configuration::Entry> entries;
    for (const Parameter& parameter : space.parameters()) {
      const uint64_t bits = RandomBits(seed, draws++);
      const int64_t drawn = parameter.values[bits / kDrawn % parameter.values.size()];
      entries.emplace_back(parameter.name,
                           bits % kDrawn == 0 ? drawn : untuned.Get(parameter.name));
    }
    Configuration configuration(std::move(entries));
    // Without the model first: most draws need no more, and the model takes the longest. An error
    // says no more than that the first constraint that is not answered needs it.
    absl::StatusOr<std::optional<std::string>> removed = space.RemovedBy(configuration, fixed);
    if (!removed.ok()) removed = space.RemovedBy(configuration, variables(configuration));
    if (removed.ok() && !removed->has_value()) return configuration;
  }
  return std::nullopt;
}

}  // namespace attune
