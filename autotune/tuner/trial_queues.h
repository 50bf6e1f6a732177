// What waits to be tried on several benches.
#ifndef ATTUNE_AUTOTUNE_TUNER_TRIAL_QUEUES_H_
#define ATTUNE_AUTOTUNE_TUNER_TRIAL_QUEUES_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/trial_log.pb.h"

namespace attune {

struct TrialJob {
  Configuration configuration;
  int max_samples = 0;
  // Nullopt for a job that was dropped before its turn, or whose bench was lost.
  std::promise<std::optional<Trial>> trial = {};
};

// A queue for each bench, the bench's own; one whose queue is empty takes over half of what another
// can spare, from the end of that one's queue. Thread-safe.
class TrialQueues {
 public:
  struct Turn {
    TrialJob job;
    // What the queue holds that the bench has not been told of, this job among them, in the order
    // in which it is going to be tried.
    std::vector<Configuration> announced;
  };

  // `compiling` is how many of those that wait for it a bench compiles at a time.
  TrialQueues(size_t queues, size_t compiling) : compiling_(compiling), queues_(queues) {}

  // Appends each job to the queue that it is given with. All at once: the first of them is tried
  // while those behind it are compiled. Drops them once the queues have been closed.
  void Add(std::vector<std::pair<size_t, TrialJob>> jobs);
  // Waits for the next job for the bench of `queue`; nullopt when there will be none.
  std::optional<Turn> Next(size_t queue);
  // The same without waiting: nullopt where there is none now.
  std::optional<Turn> TryNext(size_t queue);
  // What became of the last job of `queue`.
  void Note(size_t queue, const Trial& trial);
  // Nothing that waits gets a trial.
  void Drop();
  // Drops, and ends all waiting.
  void Close();
  // Closes, because a bench was lost with `error`.
  void Fail(const absl::Status& error);
  // The first error that they failed with.
  absl::Status status() const;

 private:
  struct Queue {
    std::deque<TrialJob> jobs;
    // How many of them, from the first, the bench has been told of.
    size_t announced = 0;
    // Whether its device is done with trials before kernels are compiled. None are at first.
    bool waits_for_compiler = true;
  };

  std::optional<Turn> TakeFirst(Queue& queue);
  // How many jobs of `queue` another bench may take over.
  size_t Spare(const Queue& queue) const;
  void TakeOverFor(Queue& queue);
  void DropAll();

  const size_t compiling_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Queue> queues_;  // guarded by mutex_
  bool closing_ = false;       // guarded by mutex_
  absl::Status status_;        // guarded by mutex_
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_TRIAL_QUEUES_H_
