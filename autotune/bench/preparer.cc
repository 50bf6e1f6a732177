#include "autotune/bench/preparer.h"

#include <cassert>
#include <utility>

#include "absl/time/clock.h"

namespace attune {

Preparer::Preparer(Experiment& experiment, int threads) : experiment_(experiment) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

Preparer::~Preparer() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Preparer::Submit(const Configuration& configuration) {
  Task task([this, configuration] {
    const absl::Time start = absl::Now();
    auto candidate = experiment_.Prepare(configuration);
    return PreparedCandidate{configuration, std::move(candidate), absl::Now() - start};
  });
  futures_.push_back(task.get_future());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

PreparedCandidate Preparer::Next() {
  assert(!futures_.empty());
  std::future<PreparedCandidate> oldest = std::move(futures_.front());
  futures_.pop_front();
  return oldest.get();
}

void Preparer::Work() {
  while (true) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
    if (closing_) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
  }
}

}  // namespace attune
