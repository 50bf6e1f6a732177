#include "base/worker/worker_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/worker/message_channel.h"
#include "base/worker/worker.pb.h"

namespace attune {
namespace {

constexpr absl::string_view kFlag = "--attune_worker=";
// From the end of who started a worker to the end of one that is still busy.
constexpr unsigned kSecondsToEnd = 1;
// What the priority of a worker in the background is lowered by.
constexpr int kNice = 5;

struct RegisteredWorker {
  WorkerHandler handler;
  WorkerPriority priority = WorkerPriority::kBackground;
};

using Workers = std::map<std::string, RegisteredWorker, std::less<>>;

Workers& GlobalWorkers() {
  static auto* workers = new Workers;
  return *workers;
}

std::atomic<bool> g_enabled = false;

int Fail(const std::string& what) {
  std::fprintf(stderr, "worker process: %s\n", what.c_str());
  return 1;
}

// Takes the pipe, which comes as standard input. What handlers and libraries print goes to standard
// error, where it is in no message's way.
MessageChannel TakeChannel() {
  MessageChannel channel(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  close(nothing);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return channel;
}

WorkerReply Answer(const WorkerHandler& handler, const std::string& message) {
  WorkerReply reply;
  WorkerRequest request;
  absl::StatusOr<std::string> body = request.ParseFromString(message)
                                         ? handler(request.body())
                                         : absl::DataLossError("the request cannot be read");
  reply.set_code(static_cast<int>(body.status().code()));
  reply.set_message(std::string(body.status().message()));
  if (body.ok()) reply.set_body(*std::move(body));
  return reply;
}

// Who started this worker has ended. One that waits for a request sees the pipe closed and ends in
// good order; one that is busy is killed, with what it started.
void HandleParentDeath(int) { alarm(kSecondsToEnd); }
void HandleTimeToDie(int) { kill(0, SIGKILL); }

void DieWith(pid_t parent) {
  signal(SIGALRM, HandleTimeToDie);
  signal(SIGUSR1, HandleParentDeath);
  prctl(PR_SET_PDEATHSIG, SIGUSR1);
  // It may have died before this was asked for.
  if (getppid() != parent) alarm(kSecondsToEnd);
}

int Serve(const WorkerHandler& handler) {
  MessageChannel channel = TakeChannel();
  while (true) {
    const absl::StatusOr<std::string> message = channel.Receive(absl::InfiniteFuture());
    if (absl::IsUnavailable(message.status())) return 0;
    if (!message.ok()) return Fail(std::string(message.status().message()));
    const WorkerReply reply = Answer(handler, *message);
    const absl::Status sent = channel.Send(reply.SerializeAsString(), absl::InfiniteFuture());
    if (!sent.ok()) return Fail(std::string(sent.message()));
  }
}

int RunWorker(absl::string_view argument) {
  const std::vector<std::string> parts = absl::StrSplit(argument, ':');
  int32_t parent = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &parent)) {
    return Fail(absl::StrCat("'", argument, "' names no worker"));
  }
  DieWith(parent);
  const auto worker = GlobalWorkers().find(parts[0]);
  if (worker == GlobalWorkers().end()) {
    return Fail(absl::StrCat("no worker is called '", parts[0], "' in this program"));
  }
  if (worker->second.priority == WorkerPriority::kBackground) {
    [[maybe_unused]] const int priority = nice(kNice);
  }
  return Serve(worker->second.handler);
}

}  // namespace

bool RegisterWorker(absl::string_view name, WorkerHandler handler, WorkerPriority priority) {
  GlobalWorkers()[std::string(name)] = {std::move(handler), priority};
  return true;
}

std::optional<int> MaybeRunWorker(int argc, char** argv) {
  g_enabled = true;
  absl::string_view argument = argc == 2 ? argv[1] : "";
  if (absl::ConsumePrefix(&argument, kFlag)) return RunWorker(argument);
  return std::nullopt;
}

bool WorkersEnabled() { return g_enabled; }

std::string WorkerArgument(absl::string_view name) {
  return absl::StrCat(kFlag, name, ":", getpid());
}

}  // namespace attune
