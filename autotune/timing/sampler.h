// Times a kernel until the median is known well enough.
#ifndef ATTUNE_AUTOTUNE_TIMING_SAMPLER_H_
#define ATTUNE_AUTOTUNE_TIMING_SAMPLER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
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
  // Samples taken while the device was throttled (DeviceState::throttled, read after every few
  // samples), and its clock by more than this fraction below the highest that it was seen at, are
  // discarded and taken again after a pause, so many times; then they are kept, and so are those
  // after them until the device is found as it should be. With 0 an H200 at 1965 of 1980 MHz, at
  // its power limit, had the samples of 62 of 332 trials discarded: a third of the search
  // (hopper_forward, 2026-11-23).
  double tolerated_clock_loss = 0.01;
  int max_throttled_repeats = 5;
  // Beyond what so many repeats discard, a sampler discards no more than this share of what it
  // keeps. Waiting cools a device that is too hot, but not one that is at its power limit whenever
  // it works: its clock goes up and down, now and then it is found at its highest, and the next
  // samples were repeated again. Two H200s lost 3.5 and 2.7 s of a search's 42 s so, and in the end
  // timed some kernels at 1.9 GHz and most at 1.65 (hopper_forward at 16384, 2026-11-23).
  double max_throttled_share = 0.01;
  absl::Duration throttled_pause = absl::Milliseconds(50);
};

enum class StopReason { kPrecise, kMaxSamples, kMaxDuration };

// "precise", "max_samples", "max_duration".
absl::string_view StopReasonName(StopReason reason);

struct SampleSet {
  // Per launch, in the order they were taken.
  std::vector<double> nanoseconds;
  // The core's clock and the reasons for throttling, as read after the sample. Empty where the
  // device does not tell.
  std::vector<double> core_mhz;
  std::vector<uint64_t> throttle_reasons;
  int throttled_discarded = 0;
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

  // Warms up, calibrates and samples. Errors of the device or of `launch` end the sampling; samples
  // taken before are lost with it.
  absl::StatusOr<SampleSet> Sample(const Launch& launch, const SamplerOptions& options);

  // The two halves of Sample, for who times several things in turns: how many launches make a
  // sample, and `count` samples of so many, or as many as max_duration leaves time for.
  absl::StatusOr<int> WarmUp(const Launch& launch, const SamplerOptions& options);
  absl::StatusOr<SampleSet> Take(const Launch& launch, int launches_per_sample, int count,
                                 const SamplerOptions& options);

 private:
  Sampler(Device& device, Clock clock, std::unique_ptr<Stream> stream,
          std::unique_ptr<Timer> timer);

  // Adds samples until one of the reasons to stop holds.
  absl::Status Fill(const Launch& launch, const SamplerOptions& options, absl::Time deadline,
                    SampleSet& set);
  // The number of launches that makes a sample last min_sample_duration.
  absl::StatusOr<int> CalibrateLaunches(const Launch& launch, const SamplerOptions& options);
  // Nanoseconds per launch.
  absl::StatusOr<double> Measure(const Launch& launch, int launches, bool flush_caches);
  // Whether `more` samples may be discarded, so many repeats after the first of them.
  bool MayRepeat(size_t more, int repeats, const SamplerOptions& options) const;
  // Reads the device's state for the samples from the `first` on. Whether they may stay.
  bool ReadConditions(size_t first, double tolerated_clock_loss, SampleSet& set);

  Device* device_;
  Clock clock_;
  bool tells_state_ = true;
  double highest_mhz_ = 0;
  // Pauses did not help the last time: none are made until the device is found cool again.
  bool stays_throttled_ = false;
  // Samples of before the set that is being filled, and those discarded at any time.
  size_t kept_ = 0;
  size_t discarded_ = 0;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Timer> timer_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TIMING_SAMPLER_H_
