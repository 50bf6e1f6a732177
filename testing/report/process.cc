#include "testing/report/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// How often a program that closed its output, or passed it on to another, is asked whether it
// ended.
constexpr absl::Duration kTick = absl::Milliseconds(20);

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  ~Pipe() {
    CloseRead();
    CloseWrite();
  }
  absl::Status Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
    read_end = ends[0];
    write_end = ends[1];
    return absl::OkStatus();
  }
  void CloseRead() {
    if (read_end >= 0) close(read_end);
    read_end = -1;
  }
  void CloseWrite() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

// In the child: becomes the program, or writes why it cannot to `failures`.
[[noreturn]] void BecomeProgram(const ProcessOptions& options, pid_t parent, const Pipe& output,
                                const Pipe& failures) {
  // A group of its own, so that all of it can be killed; and it does not outlive this process.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(output.write_end, STDOUT_FILENO);
  dup2(output.write_end, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : options.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  const int error = errno;
  if (write(failures.write_end, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

// The error that kept the program from starting; OK if it started. Returns when either is known.
absl::Status StartStatus(const Pipe& failures, const std::string& program) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(failures.read_end, &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  if (count == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(error, absl::StrCat("cannot run ", program));
}

// Takes what the program has printed so far. False at the end of the output.
bool ReadSome(int read_end, ProcessResult& result, std::ostream* echo) {
  char buffer[1 << 14];
  const ssize_t count = read(read_end, buffer, sizeof buffer);
  if (count == 0) return false;
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  result.output.append(buffer, count);
  if (echo != nullptr) echo->write(buffer, count).flush();
  return true;
}

bool HasOutput(int read_end, absl::Duration patience) {
  pollfd poll_for = {.fd = read_end, .events = POLLIN, .revents = 0};
  return poll(&poll_for, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) > 0;
}

void Await(pid_t child, const Pipe& output, const ProcessOptions& options, ProcessResult& result) {
  const absl::Time deadline = absl::Now() + options.timeout;
  bool open = true;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (absl::Now() >= deadline) {
      result.timed_out = true;
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    if (!open) {
      absl::SleepFor(kTick);
    } else if (HasOutput(output.read_end, kTick)) {
      open = ReadSome(output.read_end, result, options.echo);
    }
  }
  // Whatever it started and left behind.
  kill(-child, SIGKILL);
  while (open && HasOutput(output.read_end, absl::ZeroDuration())) {
    open = ReadSome(output.read_end, result, options.echo);
  }
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
}

}  // namespace

std::string ProcessResult::Describe() const {
  if (timed_out) return absl::StrCat("no end after ", absl::FormatDuration(duration));
  if (signal != 0) return absl::StrCat("killed by signal ", signal, " (", strsignal(signal), ")");
  return absl::StrCat("exit code ", exit_code);
}

absl::StatusOr<ProcessResult> RunProcess(const ProcessOptions& options) {
  if (options.arguments.empty()) return absl::InvalidArgumentError("no program to run");
  Pipe output;
  Pipe failures;
  ATTUNE_RETURN_IF_ERROR(output.Open());
  ATTUNE_RETURN_IF_ERROR(failures.Open());
  const absl::Time start = absl::Now();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return absl::ErrnoToStatus(errno, "fork");
  if (child == 0) BecomeProgram(options, parent, output, failures);
  output.CloseWrite();
  failures.CloseWrite();
  const absl::Status started = StartStatus(failures, options.arguments[0]);
  if (!started.ok()) {
    waitpid(child, nullptr, 0);
    return started;
  }
  ProcessResult result;
  Await(child, output, options, result);
  result.duration = absl::Now() - start;
  return result;
}

}  // namespace attune
