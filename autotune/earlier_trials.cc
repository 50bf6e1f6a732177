#include "autotune/earlier_trials.h"

#include <algorithm>
#include <limits>
#include <map>

#include "autotune/cache_entry.h"
#include "autotune/statistics.h"

namespace attune {

EarlierTrials SortEarlierTrials(const std::vector<Trial>& trials,
                                const Configuration& default_configuration, double margin,
                                int max_again) {
  std::map<Configuration, std::optional<double>> times;
  for (const Trial& trial : trials) {
    const bool ran = trial.outcome() == Trial::OK && !trial.nanoseconds().empty();
    times[FromProto(trial.configuration())] =
        ran ? std::optional<double>(Median(trial.nanoseconds())) : std::nullopt;
  }
  EarlierTrials earlier;
  earlier.known.assign(times.begin(), times.end());
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const auto time = [kNever](const auto& each) { return each.second.value_or(kNever); };
  const auto is_default = [&](const auto& each) { return each.first == default_configuration; };
  double best = kNever;
  for (const auto& each : earlier.known) best = std::min(best, time(each));
  std::stable_sort(earlier.known.begin(), earlier.known.end(), [&](const auto& a, const auto& b) {
    return is_default(a) != is_default(b) ? is_default(a) : time(a) < time(b);
  });
  auto rest = earlier.known.begin();
  while (rest != earlier.known.end() && static_cast<int>(earlier.again.size()) < max_again &&
         (is_default(*rest) || (rest->second.has_value() && time(*rest) <= best * (1 + margin)))) {
    earlier.again.push_back(rest->first);
    ++rest;
  }
  earlier.known.erase(earlier.known.begin(), rest);
  return earlier;
}

}  // namespace attune
