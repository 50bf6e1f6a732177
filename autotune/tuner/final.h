// The final of a tune: the best of the search, timed against each other in interleaved rounds.
#ifndef ATTUNE_AUTOTUNE_TUNER_FINAL_H_
#define ATTUNE_AUTOTUNE_TUNER_FINAL_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/family/kernel_family.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/trial_log.pb.h"

namespace attune {

struct Contestant {
  Configuration configuration;
  Resources resources;
  // Stays to the end, however slow: what the others are compared with.
  bool stays = false;
};

struct FinalOptions {
  int rounds = 20;
  // Who was slower than the fastest by more than `elimination_margin` in each of the first
  // `elimination_rounds` rounds leaves. Of two equally fast ones that a hundredth of noise
  // separates, that befalls one in a thousand.
  int elimination_rounds = 5;
  double elimination_margin = 0.01;
  // Half of it for making the contestants ready; those for whom there is no time are left out, but
  // for the first two. At least one round is run.
  absl::Duration max_duration = absl::InfiniteDuration();
  // What it is read from.
  std::function<absl::Time()> now = absl::Now;
};

struct FinalistResult {
  Configuration configuration;
  Resources resources;
  // Nanoseconds a launch; the i-th of all finalists are of one round.
  std::vector<double> rounds;
};

struct FinalResult {
  // Those that ran every round, in the order of the contestants.
  std::vector<FinalistResult> finalists;
  // Those that left after the first rounds.
  std::vector<FinalistResult> eliminated;
  // Those that failed, with the reason.
  std::vector<Trial> dropped;
  // Unavailable where the bench was lost, which ended the final.
  absl::Status lost;
};

// Every contestant is made ready first; then in each round everyone is timed once, beginning with
// another one each round, so that drift of clocks and temperature meets all alike. If one fails
// when others have been eliminated, the rounds begin anew without it, and with them.
FinalResult RunFinal(TrialBench& bench, const std::vector<Contestant>& contestants,
                     const FinalOptions& options);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_FINAL_H_
