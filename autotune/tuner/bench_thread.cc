#include "autotune/tuner/bench_thread.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// The fewest whose median has an interval at 95 %, and one more.
constexpr int kReferenceSamples = 7;

}  // namespace

BenchThread::BenchThread(TrialBench& bench, TrialQueues& queues, size_t queue,
                         const Configuration& reference, int trials_per_reference)
    : bench_(bench),
      queues_(queues),
      queue_(queue),
      reference_(reference),
      trials_per_reference_(trials_per_reference) {
  thread_ = std::thread([this] { Work(); });
}

void BenchThread::Work() {
  while (std::optional<TrialQueues::Turn> turn = queues_.Next(queue_)) {
    Announce(*turn);
    absl::StatusOr<Trial> trial = Try(turn->job);
    if (!trial.ok()) {
      // First: who learns that there is no trial is to find out why.
      queues_.Fail(trial.status());
      turn->job.trial.set_value(std::nullopt);
      return;
    }
    queues_.Note(queue_, *trial);
    turn->job.trial.set_value(*std::move(trial));
  }
}

void BenchThread::Announce(const TrialQueues::Turn& turn) {
  const auto& announced = turn.announced;
  reference_announced_ |=
      std::find(announced.begin(), announced.end(), reference_) != announced.end();
  for (const Configuration& each : announced) {
    bench_.Announce(each);
    if (std::exchange(reference_announced_, true)) continue;
    // Another bench's to try, or tried in an earlier search: compiled beside the first trial, for
    // it is timed after that. When it was asked for only then, behind all that was announced, the
    // second of two H200s stood still for 2.2 to 3.4 s (2026-11-23).
    bench_.Announce(reference_);
  }
}

absl::StatusOr<Trial> BenchThread::Try(const TrialJob& job) {
  const absl::Time start = absl::Now();
  if (trials_ > 0 && (trials_ - 1) % trials_per_reference_ == 0) TimeReference();
  const absl::Time turn = absl::Now();
  ++trials_;
  ATTUNE_ASSIGN_OR_RETURN(Trial trial, bench_.Try(job.configuration, job.max_samples));
  trial.set_turn_seconds(absl::ToDoubleSeconds(absl::Now() - turn));
  trial.set_reference_seconds(absl::ToDoubleSeconds(turn - start));
  trial.mutable_reference_nanoseconds()->Assign(reference_nanoseconds_.begin(),
                                                reference_nanoseconds_.end());
  return trial;
}

void BenchThread::TimeReference() {
  if (!reference_runs_) return;
  absl::StatusOr<std::vector<double>> nanoseconds = bench_.Time(reference_, kReferenceSamples);
  reference_runs_ = nanoseconds.ok();
  reference_nanoseconds_ = reference_runs_ ? *std::move(nanoseconds) : std::vector<double>();
}

}  // namespace attune
