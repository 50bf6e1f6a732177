// Compiles candidates ahead of their measurement.
#ifndef ATTUNE_AUTOTUNE_PREPARER_H_
#define ATTUNE_AUTOTUNE_PREPARER_H_

#include <deque>
#include <future>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "autotune/configuration.h"
#include "autotune/kernel_family.h"

namespace attune {

struct PreparedCandidate {
  Configuration configuration;
  absl::StatusOr<std::unique_ptr<Candidate>> candidate;
  // Wall-clock time that Prepare took.
  absl::Duration duration;
};

// Prepares each submitted configuration in a thread of its own. How many run side by side is for the submitter to
// bound. The destructor waits for all of them.
class Preparer {
 public:
  // `experiment` must outlive the preparer.
  explicit Preparer(Experiment& experiment) : experiment_(experiment) {}

  void Submit(const Configuration& configuration);
  // Submissions that Next has not returned.
  int outstanding() const { return static_cast<int>(futures_.size()); }
  // Waits for the oldest submission. There must be one. Keeping to the order of submission keeps a search the same
  // however long each compilation takes.
  PreparedCandidate Next();

 private:
  Experiment& experiment_;
  std::deque<std::future<PreparedCandidate>> futures_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_PREPARER_H_
