#include "base/worker/worker_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "base/worker/worker.pb.h"
#include "base/worker/worker_program.h"

namespace attune {
namespace {

// How long a process that closed its pipe may take to end on its own, so that what ended it is
// known.
constexpr absl::Duration kDying = absl::Seconds(2);

// posix_spawn's settings: a process group of its own, the pipe as standard input.
class SpawnSettings {
 public:
  explicit SpawnSettings(int pipe) {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, pipe, STDIN_FILENO);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawnattr_t* attributes() const { return &attributes_; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
};

// The error that a handler answered with, by a process that lives.
absl::Status ErrorOf(const WorkerReply& reply) {
  auto code = static_cast<absl::StatusCode>(reply.code());
  // Those two say that the process is no more.
  if (code == absl::StatusCode::kAborted || code == absl::StatusCode::kDeadlineExceeded) {
    code = absl::StatusCode::kInternal;
  }
  return absl::Status(code, reply.message());
}

std::string DescribeEnd(int status) {
  if (WIFSIGNALED(status)) {
    return absl::StrCat("ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)),
                        ")");
  }
  return absl::StrCat("ended with exit code ", WEXITSTATUS(status));
}

}  // namespace

absl::StatusOr<WorkerProcess> WorkerProcess::Start(absl::string_view name) {
  if (!WorkersEnabled()) {
    return absl::FailedPreconditionError(
        "this program cannot start workers: its main does not call MaybeRunWorker");
  }
  ATTUNE_ASSIGN_OR_RETURN(MessageChannelPair channels, MakeMessageChannels());
  const SpawnSettings settings(channels.theirs.descriptor());
  std::string argument = WorkerArgument(name);
  char* const arguments[] = {program_invocation_name, argument.data(), nullptr};
  pid_t pid = -1;
  // /proc/self/exe is this very binary, even where its file has been replaced since.
  const int error = posix_spawn(&pid, "/proc/self/exe", settings.actions(), settings.attributes(),
                                arguments, environ);
  if (error != 0) return absl::ErrnoToStatus(error, "cannot start a worker process");
  return WorkerProcess(pid, std::move(channels.ours));
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), channel_(std::move(other.channel_)) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(channel_, other.channel_);
  return *this;
}

WorkerProcess::~WorkerProcess() {
  if (!alive()) return;
  // Closes the pipe, which ends a worker that waits for a request.
  channel_ = MessageChannel(-1);
  End(/*dying=*/true);
}

absl::StatusOr<std::string> WorkerProcess::Call(absl::string_view request, absl::Duration timeout) {
  if (!alive()) return absl::FailedPreconditionError("the worker process has ended");
  absl::StatusOr<std::string> answer = Exchange(request, absl::Now() + timeout);
  if (answer.ok()) {
    WorkerReply reply;
    if (reply.ParseFromString(*answer)) {
      if (reply.code() == 0) return std::move(*reply.mutable_body());
      return ErrorOf(reply);
    }
    answer = absl::DataLossError("its answer cannot be read");
  }
  // A process that has closed its end of the pipe is about to have an exit status.
  const std::string end = End(/*dying=*/absl::IsUnavailable(answer.status()));
  if (absl::IsDeadlineExceeded(answer.status())) {
    return absl::DeadlineExceededError(
        absl::StrCat("no answer in ", absl::FormatDuration(timeout), ": the worker was killed"));
  }
  if (absl::IsUnavailable(answer.status())) {
    return absl::AbortedError(absl::StrCat("the worker process ", end));
  }
  return absl::AbortedError(
      absl::StrCat("the worker process ", end, ": ", answer.status().message()));
}

absl::StatusOr<std::string> WorkerProcess::Exchange(absl::string_view request,
                                                    absl::Time deadline) {
  WorkerRequest message;
  message.set_body(std::string(request));
  ATTUNE_RETURN_IF_ERROR(channel_.Send(message.SerializeAsString(), deadline));
  return channel_.Receive(deadline);
}

std::string WorkerProcess::End(bool dying) {
  int status = 0;
  const absl::Time deadline = absl::Now() + (dying ? kDying : absl::ZeroDuration());
  pid_t ended = waitpid(pid_, &status, WNOHANG);
  while (ended == 0 && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(1));
    ended = waitpid(pid_, &status, WNOHANG);
  }
  // What it may have started is of its group, which lasts until its last member has ended.
  kill(-pid_, SIGKILL);
  if (ended == 0) waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return ended > 0 ? DescribeEnd(status) : "was killed";
}

}  // namespace attune
