// Tries configurations in worker processes, one for each device, which may die of them.
#ifndef ATTUNE_AUTOTUNE_BENCH_ISOLATED_BENCH_H_
#define ATTUNE_AUTOTUNE_BENCH_ISOLATED_BENCH_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/family/kernel_family.h"
#include "autotune/workload/workload.h"
#include "base/worker/worker_pool.h"

namespace attune {

// The name of the worker (base/worker/worker_program.h) that trial_worker.cc registers.
inline constexpr char kTrialWorker[] = "autotune_trial";

struct TrialLimits {
  // Drawing inputs and computing the reference.
  absl::Duration open = absl::Minutes(10);
  // Compiling. What compiles in processes of its own has a limit of its own, of a minute a kernel.
  absl::Duration prepare = absl::Minutes(3);
  // Verifying and timing: of the first trial; of all others so much, and so many times what the
  // first that ran took, which is the default's.
  absl::Duration first_run = absl::Minutes(3);
  absl::Duration run = absl::Seconds(10);
  double run_factor = 20;
};

// Keeps one worker process for each device from one bench to the next, for as long as it lives. The
// program's main has to call MaybeRunWorker, and to be linked with //autotune/bench:trial_worker
// and the families. Open is thread-safe.
class IsolatedBenches {
 public:
  explicit IsolatedBenches(const TrialLimits& limits = {}) : limits_(limits) {}
  IsolatedBenches(const IsolatedBenches&) = delete;
  IsolatedBenches& operator=(const IsolatedBenches&) = delete;
  // Ends all processes side by side: one that holds a GPU takes some tenths of a second.
  ~IsolatedBenches();

  // A bench whose trials cannot harm this process: one that crashes, hangs or breaks its device
  // costs itself alone. Its worker is killed with all that it started, and the next trial gets a
  // new one. A crash or a wrong result of a worker that has tried, or is compiling, something else
  // is repeated on a new one first, so that nothing is blamed for what another did. Where no new
  // one can be opened, trials and times are Unavailable. `family` must be registered, and this
  // object must outlive the bench. One bench a device at a time. Errors: those of LocalBench::Open;
  // Internal if the worker died of it; FailedPrecondition if the program cannot start workers.
  absl::StatusOr<std::unique_ptr<TrialBench>> Open(const std::string& device,
                                                   const KernelFamily& family,
                                                   const Workload& workload,
                                                   const BenchOptions& options);

 private:
  const TrialLimits limits_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<WorkerPool>> workers_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_BENCH_ISOLATED_BENCH_H_
