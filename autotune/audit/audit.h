// Times a cached winner against rivals once more.
#ifndef ATTUNE_AUTOTUNE_AUDIT_AUDIT_H_
#define ATTUNE_AUTOTUNE_AUDIT_AUDIT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "autotune/audit/regret.h"
#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/explain/trial_history.h"
#include "autotune/space/configuration.h"

namespace attune {

// Up to `count` of `admitted`, the winner not among them. The first half has a reason: what would
// run untuned, what tied, what was the fastest of the trials; the others, and what is missing
// there, are drawn at random. None that failed in a trial. `history` may be null.
std::vector<Configuration> ChooseRivals(const CacheEntry& entry, const TrialHistory* history,
                                        const std::vector<Configuration>& admitted, size_t count,
                                        uint64_t seed);

// One sample: nanoseconds per run. The first time for a configuration, also its preparation and
// verification.
using TimeOnce = std::function<absl::StatusOr<double>(const Configuration& configuration)>;

struct AuditResult {
  std::vector<double> winner;  // by round
  std::vector<Configuration> rivals;
  std::vector<std::vector<double>> rival_rounds;  // [rival][round]
  // "configuration: reason" of rivals that failed.
  std::vector<std::string> dropped;
  // Nullopt where no rival ran.
  std::optional<Regret> regret;
};

// Runs `rounds` rounds, at least kMinRegretRounds; in each, winner and rivals are timed once,
// beginning with another one each round. A rival that fails is dropped; the error of a winner that
// fails is returned.
absl::StatusOr<AuditResult> Audit(const Configuration& winner,
                                  const std::vector<Configuration>& rivals, int rounds,
                                  const TimeOnce& time_once);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_AUDIT_AUDIT_H_
