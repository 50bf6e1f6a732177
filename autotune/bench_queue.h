// A bench that works through a queue of configurations on a thread of its own.
#ifndef ATTUNE_AUTOTUNE_BENCH_QUEUE_H_
#define ATTUNE_AUTOTUNE_BENCH_QUEUE_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "autotune/configuration.h"
#include "autotune/trial_bench.h"
#include "autotune/trial_log.pb.h"

namespace attune {

// Between trials it times the reference, which says what the device itself changed by (drift.h).
class BenchQueue {
 public:
  // Nullopt for a configuration that was dropped before its turn.
  using Result = std::future<std::optional<Trial>>;

  // `bench` must outlive the queue. `reference` is timed before the second trial, and then once in
  // every `trials_per_reference`; not at all once that has failed.
  BenchQueue(TrialBench& bench, const Configuration& reference, int trials_per_reference);
  BenchQueue(const BenchQueue&) = delete;
  BenchQueue& operator=(const BenchQueue&) = delete;
  // Drops what waits, and waits for the trial in flight.
  ~BenchQueue();

  // Trials hold the latest times of the reference.
  Result Submit(const Configuration& configuration, int max_samples);
  // Of what was submitted, all but the trial in flight gets no trial.
  void Drop();

 private:
  struct Job {
    Configuration configuration;
    int max_samples = 0;
    bool announced = false;
    std::promise<std::optional<Trial>> trial;
  };

  void Work();
  // The next job, once there is one; nullopt when there will be none.
  std::optional<Job> Next();
  Trial Try(const Job& job);
  void TimeReference();

  TrialBench& bench_;
  const Configuration reference_;
  const int trials_per_reference_;
  int64_t trials_ = 0;
  bool reference_runs_ = true;
  std::vector<double> reference_nanoseconds_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;  // guarded by mutex_
  bool closing_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_BENCH_QUEUE_H_
