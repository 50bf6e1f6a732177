// Compiles candidates ahead of their measurement.
#ifndef ATTUNE_AUTOTUNE_BENCH_PREPARER_H_
#define ATTUNE_AUTOTUNE_BENCH_PREPARER_H_

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "autotune/family/kernel_family.h"
#include "autotune/space/configuration.h"

namespace attune {

struct PreparedCandidate {
  Configuration configuration;
  absl::StatusOr<std::unique_ptr<Candidate>> candidate;
  // Wall-clock time that Prepare took.
  absl::Duration duration;
};

// Prepares submitted configurations in the order of their submission, on threads of its own. The
// destructor waits for the preparations that run, and makes no others. Calls come from one thread.
class Preparer {
 public:
  // `experiment` must outlive the preparer.
  Preparer(Experiment& experiment, int threads);
  ~Preparer();

  void Submit(const Configuration& configuration);
  // Submissions that Next has not returned.
  int outstanding() const { return static_cast<int>(futures_.size()); }
  // Waits for the oldest submission. There must be one. Keeping to the order of submission keeps a
  // search the same however long each compilation takes.
  PreparedCandidate Next();

 private:
  using Task = std::packaged_task<PreparedCandidate()>;

  void Work();

  Experiment& experiment_;
  std::deque<std::future<PreparedCandidate>> futures_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;  // guarded by mutex_
  bool closing_ = false;    // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_BENCH_PREPARER_H_
