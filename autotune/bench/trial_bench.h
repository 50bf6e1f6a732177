// Where the configurations of one workload are tried: this process, or another one.
#ifndef ATTUNE_AUTOTUNE_BENCH_TRIAL_BENCH_H_
#define ATTUNE_AUTOTUNE_BENCH_TRIAL_BENCH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "autotune/family/kernel_family.h"
#include "autotune/space/configuration.h"
#include "autotune/timing/sampler.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "autotune/workload/workload.h"

namespace attune {

struct BenchOptions {
  // Of the inputs.
  uint64_t seed = 1;
  // Candidates compiled side by side, ahead of the one being measured; with 1, none while another
  // is measured.
  int prepare_threads = 1;
  // How many benches of this machine work side by side, and which of them this is: each has a part
  // of the processors to compile on.
  int benches = 1;
  int index = 0;
  // Of a trial. The final takes as many samples as it asks for.
  SamplerOptions sampling = {.min_samples = 5, .max_samples = 20, .target_relative_error = 0.03};
};

// One device with one experiment open on it. Not thread-safe: tries one thing at a time.
class TrialBench {
 public:
  virtual ~TrialBench() = default;

  // That Try is going to be asked for `configuration`, after those announced before it: it may be
  // compiled meanwhile. Those announced are tried in that order; one that is passed over is
  // forgotten.
  virtual void Announce(const Configuration& configuration) = 0;

  // Prepares, verifies and samples, with at most `max_samples` samples. A trial that fails says so
  // in its outcome. An error is the bench's own: it is gone and cannot be had again, and nothing is
  // known of the configuration.
  virtual absl::StatusOr<Trial> Try(const Configuration& configuration, int max_samples) = 0;

  // Nanoseconds per launch of `count` samples of `configuration`, which is prepared, verified and
  // warmed up the first time and stays ready from then on. With a count of 0 it is made ready.
  // Unavailable where the bench is gone; any other error is the configuration's.
  virtual absl::StatusOr<std::vector<double>> Time(const Configuration& configuration,
                                                   int count) = 0;
};

// Opens the bench of `workload` on the device called `device` (DeviceInfo.id). Thread-safe.
using BenchOpener = std::function<absl::StatusOr<std::unique_ptr<TrialBench>>(
    const std::string& device, const KernelFamily& family, const Workload& workload,
    const BenchOptions& options)>;

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_BENCH_TRIAL_BENCH_H_
