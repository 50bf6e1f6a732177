// A bench that works through its queue on a thread of its own.
#ifndef ATTUNE_AUTOTUNE_TUNER_BENCH_THREAD_H_
#define ATTUNE_AUTOTUNE_TUNER_BENCH_THREAD_H_

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "autotune/tuner/trial_queues.h"

namespace attune {

// Between trials it times the reference, which says what the device itself changed by (drift.h). A
// bench that is lost fails the queues: the trials of the others that are in flight are the last.
class BenchThread {
 public:
  // `bench` must outlive the thread, and `queues`, of which this works through `queue`.
  // `reference` is timed before the second trial, and then once in every `trials_per_reference`;
  // not at all once that has failed. Trials hold its latest times.
  BenchThread(TrialBench& bench, TrialQueues& queues, size_t queue, const Configuration& reference,
              int trials_per_reference);
  BenchThread(const BenchThread&) = delete;
  BenchThread& operator=(const BenchThread&) = delete;
  // Waits for the trial in flight. `queues` must have been closed.
  ~BenchThread() { thread_.join(); }

 private:
  void Work();
  void Announce(const TrialQueues::Turn& turn);
  absl::StatusOr<Trial> Try(const TrialJob& job);
  void TimeReference();

  TrialBench& bench_;
  TrialQueues& queues_;
  const size_t queue_;
  const Configuration reference_;
  const int trials_per_reference_;
  // Whether the bench has been told that the reference is going to be wanted.
  bool reference_announced_ = false;
  int64_t trials_ = 0;
  bool reference_runs_ = true;
  std::vector<double> reference_nanoseconds_;
  std::thread thread_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_BENCH_THREAD_H_
