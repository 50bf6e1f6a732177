// A program that can be its own worker process.
//
//   int main(int argc, char** argv) {
//     if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
//
// From then on its libraries may do work in processes of their own (worker_pool.h): the same
// binary, executed with an argument that only this function knows.
#ifndef ATTUNE_BASE_WORKER_WORKER_PROGRAM_H_
#define ATTUNE_BASE_WORKER_WORKER_PROGRAM_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Answers a request in the worker process. It may crash, hang, or print what it likes.
using WorkerHandler = std::function<absl::StatusOr<std::string>(absl::string_view request)>;

enum class WorkerPriority {
  kBackground,  // below that of who measures beside it
  kSame,        // that of the program: for workers that measure
};

// Makes workers called `name` answer with `handler`. To be called while the program is initialised:
// returns a value only so that a namespace-scope constant can be.
bool RegisterWorker(absl::string_view name, WorkerHandler handler,
                    WorkerPriority priority = WorkerPriority::kBackground);

// In a worker process: answers requests until the program that started it closes its end or dies,
// and gives the exit code. In any other: nullopt. WorkersEnabled() from then on in both: a worker
// may have workers of its own, which end with it. To be called first thing in main.
std::optional<int> MaybeRunWorker(int argc, char** argv);

// Whether this program's main called MaybeRunWorker: without that, its binary executed again would
// do whatever the program does.
bool WorkersEnabled();

// The argument that makes this binary a worker called `name`, a child of this process.
std::string WorkerArgument(absl::string_view name);

}  // namespace attune

#endif  // ATTUNE_BASE_WORKER_WORKER_PROGRAM_H_
