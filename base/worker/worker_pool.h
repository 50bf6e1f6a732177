// Worker processes that share the work of many threads.
#ifndef ATTUNE_BASE_WORKER_WORKER_POOL_H_
#define ATTUNE_BASE_WORKER_WORKER_POOL_H_

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/worker/worker_process.h"

namespace attune {

// Up to `size` processes, each started when no other is free and again after it died. Of those that
// are free the one that answered last is called: what a process has learnt, it keeps warm, and one
// that is not needed is not started. Thread-safe. The destructor ends them all; no call may be in
// progress then.
class WorkerPool {
 public:
  // Workers called `name` (RegisterWorker). `timeout` is of one call, from when a worker takes it.
  WorkerPool(absl::string_view name, int size, absl::Duration timeout);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  // Waits for a free worker and its answer. Errors are those of WorkerProcess::Start and Call: one
  // call's crash, endless loop or nonsense costs that call alone.
  absl::StatusOr<std::string> Call(std::string request);
  // The same with a time limit of its own.
  absl::StatusOr<std::string> Call(std::string request, absl::Duration timeout);

 private:
  struct Job {
    std::string request;
    absl::Duration timeout;
    std::promise<absl::StatusOr<std::string>> answer;
  };

  // Each process has a thread that starts it and talks to it, because a process dies with the
  // thread that started it.
  struct Server {
    std::optional<WorkerProcess> worker;
    std::condition_variable called;
    std::optional<Job> job;  // guarded by mutex_
    std::thread thread;
  };

  void Serve(Server& server);
  // The server's next job, once there is one; nullopt when there will be none.
  std::optional<Job> Next(Server& server);
  // Gives it what waits, or lets it be called.
  void Release(Server& server);

  const std::string name_;
  const absl::Duration timeout_;
  std::mutex mutex_;
  std::deque<Job> jobs_;       // guarded by mutex_; none while a server is free
  std::vector<Server*> free_;  // guarded by mutex_; the last is called first
  bool closing_ = false;       // guarded by mutex_
  std::deque<Server> servers_;
};

}  // namespace attune

#endif  // ATTUNE_BASE_WORKER_WORKER_POOL_H_
