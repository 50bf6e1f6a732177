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
  for (int i = 0; i < std::max(size, 1); ++i) free_.push_back(&servers_.emplace_back());
  for (Server& server : servers_) server.thread = std::thread([&] { Serve(server); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  for (Server& server : servers_) server.called.notify_one();
  for (Server& server : servers_) server.thread.join();
}

absl::StatusOr<std::string> WorkerPool::Call(std::string request) {
  return Call(std::move(request), timeout_);
}

absl::StatusOr<std::string> WorkerPool::Call(std::string request, absl::Duration timeout) {
  Job job = {std::move(request), timeout, {}};
  std::future<absl::StatusOr<std::string>> answer = job.answer.get_future();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) {
      jobs_.push_back(std::move(job));
    } else {
      Server& server = *free_.back();
      free_.pop_back();
      server.job = std::move(job);
      server.called.notify_one();
    }
  }
  return answer.get();
}

void WorkerPool::Serve(Server& server) {
  while (std::optional<Job> job = Next(server)) {
    absl::StatusOr<std::string> answer = CallOn(server.worker, name_, job->request, job->timeout);
    // First: who gets the answer and calls again is to meet the same process.
    Release(server);
    job->answer.set_value(std::move(answer));
  }
  // By the thread that started it.
  server.worker.reset();
}

void WorkerPool::Release(Server& server) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (jobs_.empty()) {
    free_.push_back(&server);
  } else {
    server.job = std::move(jobs_.front());
    jobs_.pop_front();
  }
}

std::optional<WorkerPool::Job> WorkerPool::Next(Server& server) {
  std::unique_lock<std::mutex> lock(mutex_);
  server.called.wait(lock, [&] { return closing_ || server.job.has_value(); });
  return std::exchange(server.job, std::nullopt);
}

}  // namespace attune
