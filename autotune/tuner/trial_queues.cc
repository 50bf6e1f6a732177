#include "autotune/tuner/trial_queues.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace attune {

void TrialQueues::Add(std::vector<std::pair<size_t, TrialJob>> jobs) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (auto& [queue, job] : jobs) {
      assert(queue < queues_.size());
      queues_[queue].jobs.push_back(std::move(job));
    }
    if (closing_) DropAll();
  }
  changed_.notify_all();
}

std::optional<TrialQueues::Turn> TrialQueues::Next(size_t queue) {
  std::unique_lock<std::mutex> lock(mutex_);
  std::optional<Turn> turn;
  changed_.wait(lock, [&] {
    turn = TakeFirst(queues_[queue]);
    return turn.has_value() || closing_;
  });
  return turn;
}

std::optional<TrialQueues::Turn> TrialQueues::TryNext(size_t queue) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return TakeFirst(queues_[queue]);
}

void TrialQueues::Note(size_t queue, const Trial& trial) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queues_[queue].waits_for_compiler = 2 * trial.wait_seconds() > trial.turn_seconds();
  }
  // More may be to spare.
  changed_.notify_all();
}

void TrialQueues::Drop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  DropAll();
}

void TrialQueues::Close() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    DropAll();
    closing_ = true;
  }
  changed_.notify_all();
}

void TrialQueues::Fail(const absl::Status& error) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    status_.Update(error);
  }
  Close();
}

absl::Status TrialQueues::status() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return status_;
}

std::optional<TrialQueues::Turn> TrialQueues::TakeFirst(Queue& queue) {
  if (queue.jobs.empty()) TakeOverFor(queue);
  if (queue.jobs.empty()) return std::nullopt;
  Turn turn;
  for (; queue.announced < queue.jobs.size(); ++queue.announced) {
    turn.announced.push_back(queue.jobs[queue.announced].configuration);
  }
  turn.job = std::move(queue.jobs.front());
  queue.jobs.pop_front();
  --queue.announced;
  return turn;
}

size_t TrialQueues::Spare(const Queue& queue) const {
  // What is being compiled for one bench is ready there sooner than anywhere else. What has been
  // compiled is in the cache that all share.
  const size_t kept = queue.waits_for_compiler ? compiling_ : 0;
  return queue.jobs.size() - std::min(kept, queue.jobs.size());
}

void TrialQueues::TakeOverFor(Queue& queue) {
  Queue& from =
      *std::max_element(queues_.begin(), queues_.end(),
                        [&](const Queue& a, const Queue& b) { return Spare(a) < Spare(b); });
  // Those that the other would come to last; half, so that neither is soon without again.
  const auto count = static_cast<std::ptrdiff_t>((Spare(from) + 1) / 2);
  const auto first = from.jobs.end() - count;
  std::move(first, from.jobs.end(), std::back_inserter(queue.jobs));
  from.jobs.erase(first, from.jobs.end());
  from.announced = std::min(from.announced, from.jobs.size());
  queue.announced = 0;
}

void TrialQueues::DropAll() {
  for (Queue& queue : queues_) {
    for (TrialJob& job : queue.jobs) job.trial.set_value(std::nullopt);
    queue.jobs.clear();
    queue.announced = 0;
  }
}

}  // namespace attune
