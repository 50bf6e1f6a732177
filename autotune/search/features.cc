#include "autotune/search/features.h"

#include <utility>

#include "autotune/space/variables.h"
#include "base/status_macros.h"

namespace attune {

absl::StatusOr<Features> FeaturesOf(const std::vector<Configuration>& candidates,
                                    ParameterSpace::Model model) {
  std::vector<Variables> variables;
  for (const Configuration& candidate : candidates) {
    ATTUNE_ASSIGN_OR_RETURN(variables.emplace_back(), model(candidate));
  }
  Features features;
  features.rows.resize(candidates.size());
  if (variables.empty()) return features;
  for (const auto& [name, first] : variables.front()) {
    bool everywhere = true;
    bool differs = false;
    for (const Variables& each : variables) {
      const auto found = each.find(name);
      everywhere = everywhere && found != each.end();
      differs = differs || (everywhere && found->second != first);
    }
    if (!everywhere || !differs) continue;
    features.names.push_back(name);
    for (size_t i = 0; i < variables.size(); ++i) {
      features.rows[i].push_back(variables[i].at(name));
    }
  }
  return features;
}

}  // namespace attune
