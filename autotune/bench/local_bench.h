// Tries configurations in this process: what a trial worker does, and tests with fakes.
#ifndef ATTUNE_AUTOTUNE_BENCH_LOCAL_BENCH_H_
#define ATTUNE_AUTOTUNE_BENCH_LOCAL_BENCH_H_

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "autotune/bench/preparer.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/family/kernel_family.h"
#include "autotune/space/configuration.h"
#include "autotune/timing/sampler.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "device/device.h"

namespace attune {

class LocalBench : public TrialBench {
 public:
  // The errors of opening the experiment. `device` must outlive the bench.
  static absl::StatusOr<std::unique_ptr<LocalBench>> Open(const KernelFamily& family,
                                                          const Workload& workload, Device& device,
                                                          const BenchOptions& options);

  void Announce(const Configuration& configuration) override;
  // Never an error.
  absl::StatusOr<Trial> Try(const Configuration& configuration, int max_samples) override;
  absl::StatusOr<std::vector<double>> Time(const Configuration& configuration, int count) override;

  // The first half of Try: waits until `configuration` has been compiled, well or not.
  void Prepare(const Configuration& configuration);

  // Whether the device still does what it is asked: an illegal address breaks all that a process
  // holds on a GPU.
  absl::Status CheckDevice();

 private:
  // A candidate that is verified and warm.
  struct Held {
    std::unique_ptr<Candidate> candidate;
    int launches_per_sample = 1;
  };

  LocalBench(Device& device, std::unique_ptr<Experiment> experiment, Sampler sampler,
             const BenchOptions& options);
  bool IsPrepared(const Configuration& configuration) const {
    return prepared_.has_value() && prepared_->configuration == configuration;
  }
  void Measure(Candidate& candidate, int max_samples, Trial& trial);
  absl::StatusOr<Held> Hold(const Configuration& configuration);

  Device& device_;
  const std::unique_ptr<Experiment> experiment_;
  Sampler sampler_;
  const BenchOptions options_;
  std::map<Configuration, Held> held_;
  std::optional<PreparedCandidate> prepared_;
  absl::Duration waited_;  // for prepared_
  Preparer preparer_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_BENCH_LOCAL_BENCH_H_
