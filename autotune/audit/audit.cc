#include "autotune/audit/audit.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "autotune/space/stored_configuration.h"
#include "base/status_macros.h"
#include "numerics/random.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

// What ran, the fastest first, and what failed.
struct Known {
  std::vector<Configuration> fastest;
  std::set<Configuration> failed;
};

Known KnownFrom(const TrialHistory* history) {
  Known known;
  if (history == nullptr) return known;
  std::vector<std::pair<double, Configuration>> timed;
  for (const Trial& trial : history->trials) {
    const Configuration configuration = FromProto(trial.configuration());
    if (trial.outcome() == Trial::OK && !trial.nanoseconds().empty()) {
      timed.emplace_back(Median(trial.nanoseconds()), configuration);
    } else {
      known.failed.insert(configuration);
    }
  }
  std::stable_sort(timed.begin(), timed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [nanoseconds, configuration] : timed) known.fastest.push_back(configuration);
  return known;
}

}  // namespace

std::vector<Configuration> ChooseRivals(const CacheEntry& entry, const TrialHistory* history,
                                        const std::vector<Configuration>& admitted, size_t count,
                                        uint64_t seed) {
  const Known known = KnownFrom(history);
  std::set<Configuration> left(admitted.begin(), admitted.end());
  left.erase(FromProto(entry.configuration()));
  for (const Configuration& failed : known.failed) left.erase(failed);

  std::vector<Configuration> candidates = {FromProto(entry.default_configuration())};
  for (const ConfigurationProto& tied : entry.tied()) candidates.push_back(FromProto(tied));
  candidates.insert(candidates.end(), known.fastest.begin(), known.fastest.end());
  std::vector<Configuration> rivals;
  for (const Configuration& candidate : candidates) {
    if (rivals.size() < (count + 1) / 2 && left.erase(candidate) > 0) rivals.push_back(candidate);
  }
  std::vector<Configuration> rest(left.begin(), left.end());
  for (uint64_t draw = 0; rivals.size() < count && !rest.empty(); ++draw) {
    const size_t place = RandomBits(seed, draw) % rest.size();
    rivals.push_back(rest[place]);
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return rivals;
}

absl::StatusOr<AuditResult> Audit(const Configuration& winner,
                                  const std::vector<Configuration>& rivals, int rounds,
                                  const TimeOnce& time_once) {
  if (rounds < kMinRegretRounds) {
    return absl::InvalidArgumentError(
        absl::StrCat("an audit needs at least ", kMinRegretRounds, " rounds, not ", rounds));
  }
  std::vector<Configuration> runners = {winner};
  runners.insert(runners.end(), rivals.begin(), rivals.end());
  std::vector<std::vector<double>> times(runners.size());
  std::vector<absl::Status> failures(runners.size());
  for (int round = 0; round < rounds; ++round) {
    for (size_t k = 0; k < runners.size(); ++k) {
      const size_t runner = (k + static_cast<size_t>(round)) % runners.size();
      if (!failures[runner].ok()) continue;
      const absl::StatusOr<double> time = time_once(runners[runner]);
      if (time.ok()) {
        times[runner].push_back(*time);
      } else if (runner == 0) {
        return time.status();
      } else {
        failures[runner] = time.status();
      }
    }
  }
  AuditResult result;
  result.winner = times[0];
  for (size_t runner = 1; runner < runners.size(); ++runner) {
    if (failures[runner].ok()) {
      result.rivals.push_back(runners[runner]);
      result.rival_rounds.push_back(times[runner]);
    } else {
      result.dropped.push_back(
          absl::StrCat(runners[runner].ToString(), ": ", failures[runner].message()));
    }
  }
  if (!result.rivals.empty()) result.regret = RegretOf(result.winner, result.rival_rounds);
  return result;
}

}  // namespace attune
