#include "autotune/tuner/final.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "autotune/trial_log/failed_trial.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

Trial::Outcome OutcomeOf(const absl::Status& status) {
  if (absl::IsDeadlineExceeded(status)) return Trial::TIMEOUT;
  if (absl::IsAborted(status)) return Trial::CRASH;
  return absl::IsDataLoss(status) ? Trial::WRONG_RESULT : Trial::LAUNCH_ERROR;
}

class Final {
 public:
  Final(TrialBench& bench, const FinalOptions& options) : bench_(bench), options_(options) {}

  FinalResult Run(const std::vector<Contestant>& contestants) {
    const absl::Time start = options_.now();
    MakeReady(contestants, start + options_.max_duration / 2);
    if (!result_.lost.ok()) return std::move(result_);
    for (int round = 0; round < options_.rounds && !running_.empty(); ++round) {
      if (round > 0 && options_.now() >= start + options_.max_duration) break;
      const bool all_ran = RunRound(static_cast<size_t>(round));
      if (!result_.lost.ok()) break;
      if (!all_ran && !result_.eliminated.empty()) {
        BringBack();
        round = -1;
      } else if (round + 1 == options_.elimination_rounds) {
        Eliminate();
      }
    }
    for (Runner& runner : running_) result_.finalists.push_back(std::move(runner.result));
    return std::move(result_);
  }

 private:
  struct Runner {
    FinalistResult result;
    bool stays = false;
    bool failed = false;
  };

  void MakeReady(const std::vector<Contestant>& contestants, absl::Time deadline) {
    for (const Contestant& contestant : contestants) {
      if (running_.size() >= 2 && options_.now() >= deadline) return;
      const absl::Status ready = bench_.Time(contestant.configuration, 0).status();
      if (ready.ok()) {
        running_.push_back({.result = {contestant.configuration, contestant.resources, {}},
                            .stays = contestant.stays});
      } else {
        Report(contestant.configuration, ready);
      }
      if (!result_.lost.ok()) return;
    }
  }

  // Whether nobody failed. Breaks off where the bench is lost.
  bool RunRound(size_t round) {
    for (size_t turn = 0; turn < running_.size(); ++turn) {
      Runner& runner = running_[(turn + round) % running_.size()];
      const auto nanoseconds = bench_.Time(runner.result.configuration, 1);
      runner.failed = !nanoseconds.ok();
      if (nanoseconds.ok()) {
        runner.result.rounds.push_back(nanoseconds->front());
      } else {
        Report(runner.result.configuration, nanoseconds.status());
      }
      if (!result_.lost.ok()) return false;
    }
    return std::erase_if(running_, [](const Runner& runner) { return runner.failed; }) == 0;
  }

  // Who was eliminated may be the best, now that the one that was faster has failed.
  void BringBack() {
    for (FinalistResult& each : result_.eliminated) running_.push_back({.result = std::move(each)});
    result_.eliminated.clear();
    for (Runner& runner : running_) runner.result.rounds.clear();
  }

  void Eliminate() {
    if (running_.empty()) return;
    const Runner fastest =
        *std::min_element(running_.begin(), running_.end(), [](const Runner& a, const Runner& b) {
          return Median(a.result.rounds) < Median(b.result.rounds);
        });
    const auto leaves = [&](const Runner& runner) {
      return !runner.stays && IsSlower(runner.result, fastest.result);
    };
    for (const Runner& runner : running_) {
      if (leaves(runner)) result_.eliminated.push_back(runner.result);
    }
    std::erase_if(running_, leaves);
  }

  bool IsSlower(const FinalistResult& finalist, const FinalistResult& fastest) const {
    for (size_t i = 0; i < finalist.rounds.size(); ++i) {
      if (finalist.rounds[i] <= fastest.rounds[i] * (1 + options_.elimination_margin)) return false;
    }
    return true;
  }

  void Report(const Configuration& configuration, const absl::Status& status) {
    if (absl::IsUnavailable(status)) {
      result_.lost = status;
      return;
    }
    result_.dropped.push_back(FailedTrial(configuration, OutcomeOf(status),
                                          absl::StrCat("in the final: ", status.message())));
  }

  TrialBench& bench_;
  const FinalOptions& options_;
  std::vector<Runner> running_;
  FinalResult result_;
};

}  // namespace

FinalResult RunFinal(TrialBench& bench, const std::vector<Contestant>& contestants,
                     const FinalOptions& options) {
  return Final(bench, options).Run(contestants);
}

}  // namespace attune
