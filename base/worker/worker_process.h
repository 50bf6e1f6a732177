// One worker process, seen from the program that started it.
#ifndef ATTUNE_BASE_WORKER_WORKER_PROCESS_H_
#define ATTUNE_BASE_WORKER_WORKER_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/worker/message_channel.h"

namespace attune {

// A child in a process group of its own, which is killed as a whole when a call ends without an
// answer. When this is destroyed, or the thread that started it ends, one that is idle ends in good
// order, one that is busy is killed: the system sends the signal that PR_SET_PDEATHSIG asks for at
// the end of that thread, not of its process. Movable. Not thread-safe.
class WorkerProcess {
 public:
  // Executes this program as a worker called `name`. FailedPrecondition if its main did not call
  // MaybeRunWorker.
  static absl::StatusOr<WorkerProcess> Start(absl::string_view name);

  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) noexcept;
  ~WorkerProcess();

  // The handler's answer or error. DeadlineExceeded if there is none by `timeout` from now, Aborted
  // with how the process ended if it died or answered nonsense; alive() is false after either, and
  // after them alone: where the handler itself says one of the two, the error is Internal, with its
  // message.
  absl::StatusOr<std::string> Call(absl::string_view request, absl::Duration timeout);
  bool alive() const { return pid_ > 0; }

 private:
  WorkerProcess(pid_t pid, MessageChannel channel) : pid_(pid), channel_(std::move(channel)) {}

  absl::StatusOr<std::string> Exchange(absl::string_view request, absl::Time deadline);
  // Kills the process group, and gives how the process had ended, or that it was killed. One that
  // is `dying` gets a moment to end on its own.
  std::string End(bool dying);

  pid_t pid_ = -1;
  MessageChannel channel_;
};

}  // namespace attune

#endif  // ATTUNE_BASE_WORKER_WORKER_PROCESS_H_
