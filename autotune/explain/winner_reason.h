// Why the winner of a final won.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_WINNER_REASON_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_WINNER_REASON_H_

#include <string>

#include "autotune/cache/tuning_cache.pb.h"

namespace attune {

// Which of the judge's rules (autotune/timing/judge.h) decided.
enum class WinningRule {
  kNotRecorded,    // an entry of before, or of a preset
  kAlone,          // there was no other finalist
  kFastest,        // all others are slower, beyond the noise
  kIncumbent,      // among the tied, it won before or would run untuned
  kLeastResources  // among the tied, the one that uses the least
};

// "not_recorded", "alone", "fastest", "incumbent", "least_resources".
std::string WinningRuleName(WinningRule rule);

struct WinnerReason {
  WinningRule rule = WinningRule::kNotRecorded;
  // One sentence or two, for people.
  std::string text;
};

WinnerReason WhyItWon(const CacheEntry& entry);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_WINNER_REASON_H_
