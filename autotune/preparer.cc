#include "autotune/preparer.h"

#include <cassert>
#include <utility>

#include "absl/time/clock.h"

namespace attune {

void Preparer::Submit(const Configuration& configuration) {
  futures_.push_back(std::async(std::launch::async, [this, configuration] {
    const absl::Time start = absl::Now();
    auto candidate = experiment_.Prepare(configuration);
    return PreparedCandidate{configuration, std::move(candidate), absl::Now() - start};
  }));
}

PreparedCandidate Preparer::Next() {
  assert(!futures_.empty());
  std::future<PreparedCandidate> oldest = std::move(futures_.front());
  futures_.pop_front();
  return oldest.get();
}

}  // namespace attune
