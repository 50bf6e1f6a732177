#include "base/worker/worker_pool.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/worker/worker_process.h"

namespace attune {
namespace {

// Starts `worker` if there is none that lives, and calls it.
absl::StatusOr<std::string> CallOn(std::optional<WorkerProcess>& worker, absl::string_view name,
                                   const std::string& request, absl::Duration timeout) {
  if (!worker.has_value() || !worker->alive()) {
    absl::StatusOr<WorkerProcess> started = WorkerProcess::Start(name);
    if (!started.ok()) return started.status();
    worker.emplace(*std::move(started));
  }
  return worker->Call(request, timeout);
}

}  // namespace

WorkerPool::WorkerPool(absl::string_view name, int size, absl::Duration timeout)
    : name_(name), timeout_(timeout) {
  for (int i = 0; i < std::max(size, 1); ++i) threads_.emplace_back([this] { Serve(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

absl::StatusOr<std::string> WorkerPool::Call(std::string request) {
  return Call(std::move(request), timeout_);
}

absl::StatusOr<std::string> WorkerPool::Call(std::string request, absl::Duration timeout) {
  Job job = {std::move(request), timeout, {}};
  std::future<absl::StatusOr<std::string>> answer = job.answer.get_future();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return answer.get();
}

void WorkerPool::Serve() {
  std::optional<WorkerProcess> worker;
  while (true) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.answer.set_value(CallOn(worker, name_, job.request, job.timeout));
  }
}

}  // namespace attune
