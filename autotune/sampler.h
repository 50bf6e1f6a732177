// Times a kernel until the median is known well enough.
#ifndef ATTUNE_AUTOTUNE_SAMPLER_H_
#define ATTUNE_AUTOTUNE_SAMPLER_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "device/device.h"

namespace attune {

struct SamplerOptions {
  int warmup_runs = 3;
  int min_samples = 10;
  int max_samples = 200;
  // Sampling stops once the relative error of the median, at `confidence`, is at most this.
  double target_relative_error = 0.01;
  double confidence = 0.95;
  // Wall-clock time after which no further sample starts, warm-up included. One sample is always
  // taken.
  absl::Duration max_duration = absl::Seconds(2);
  // Before each sample, outside the timed span.
  bool flush_caches = true;
  // A sample shorter than this is repeated with more launches inside the timed span, so that the
  // timer's resolution (half a microsecond for CUDA events) does not bind. All but the first launch
  // of such a sample run on the caches that the one before left.
  absl::Duration min_sample_duration = absl::Microseconds(20);
  int max_launches_per_sample = 1024;
};

enum class StopReason { kPrecise, kMaxSamples, kMaxDuration };

// "precise", "max_samples", "max_duration".
absl::string_view StopReasonName(StopReason reason);

struct SampleSet {
  // Per launch, in the order they were taken.
  std::vector<double> nanoseconds;
  int launches_per_sample = 1;
  StopReason stopped = StopReason::kPrecise;
};

// Not thread-safe: times one thing at a time.
class Sampler {
 public:
  // Enqueues one run.
  using Launch = std::function<absl::Status(Stream& stream)>;
  using Clock = std::function<absl::Time()>;

  // `device` must outlive the sampler. `clock` is what max_duration is read from.
  static absl::StatusOr<Sampler> Create(Device& device, Clock clock = absl::Now);

  // Errors of the device or of `launch` end the sampling; samples taken before are lost with it.
  absl::StatusOr<SampleSet> Sample(const Launch& launch, const SamplerOptions& options);

  // Rivals interleaved: `rounds` rounds in each of which every rival is sampled once, starting with
  // another rival each round, so that drift of clocks and temperature meets all alike. The i-th
  // samples of all rivals are of one round. A rival that fails is left out from there on, and its
  // error stands in its place. Stops early, between rounds, when max_duration is over; at least one
  // round is run. min_samples, max_samples and target_relative_error do not apply.
  absl::StatusOr<std::vector<absl::StatusOr<SampleSet>>> SampleInterleaved(
      absl::Span<const Launch> rivals, int rounds, const SamplerOptions& options);

 private:
  Sampler(Device& device, Clock clock, std::unique_ptr<Stream> stream,
          std::unique_ptr<Timer> timer);

  // Warm-up, and a set that knows its launches_per_sample.
  absl::StatusOr<SampleSet> PrepareRival(const Launch& launch, const SamplerOptions& options,
                                         absl::Time deadline);
  absl::Status WarmUp(const Launch& launch, const SamplerOptions& options, absl::Time deadline);
  // The number of launches that makes a sample last min_sample_duration.
  absl::StatusOr<int> CalibrateLaunches(const Launch& launch, const SamplerOptions& options);
  // Nanoseconds per launch.
  absl::StatusOr<double> Measure(const Launch& launch, int launches, bool flush_caches);

  Device* device_;
  Clock clock_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SAMPLER_H_
