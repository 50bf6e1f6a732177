#include "autotune/timing/sampler.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

absl::Status Check(const SamplerOptions& options) {
  const auto error = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("sampler options: ", what));
  };
  if (options.warmup_runs < 0) return error("warmup_runs is negative");
  if (options.min_samples < 1 || options.max_samples < options.min_samples) {
    return error("expected 1 <= min_samples <= max_samples");
  }
  if (!(options.confidence > 0 && options.confidence < 1)) {
    return error("confidence is not between 0 and 1");
  }
  if (options.max_launches_per_sample < 1) return error("max_launches_per_sample is below 1");
  return absl::OkStatus();
}

// Reading a GPU's state takes NVML some tenths of a millisecond: not after every sample.
constexpr size_t kSamplesPerReading = 5;

// The relative error costs a sort of all samples: it is asked for at every sample up to 32, then at
// every 32nd.
bool IsPrecise(const SampleSet& set, const SamplerOptions& options) {
  const size_t count = set.nanoseconds.size();
  if (count < static_cast<size_t>(options.min_samples)) return false;
  if (count > 32 && count % 32 != 0) return false;
  return RelativeMedianError(set.nanoseconds, options.confidence) <= options.target_relative_error;
}

std::optional<StopReason> ReasonToStop(const SampleSet& set, const SamplerOptions& options,
                                       bool out_of_time) {
  if (IsPrecise(set, options)) return StopReason::kPrecise;
  if (set.nanoseconds.size() >= static_cast<size_t>(options.max_samples)) {
    return StopReason::kMaxSamples;
  }
  if (out_of_time) return StopReason::kMaxDuration;
  return std::nullopt;
}

// Takes the samples from the `first` on away.
void Discard(size_t first, SampleSet& set) {
  set.throttled_discarded += static_cast<int>(set.nanoseconds.size() - first);
  set.nanoseconds.resize(first);
  set.core_mhz.resize(first);
  set.throttle_reasons.resize(first);
}

}  // namespace

absl::string_view StopReasonName(StopReason reason) {
  switch (reason) {
    case StopReason::kPrecise:
      return "precise";
    case StopReason::kMaxSamples:
      return "max_samples";
    case StopReason::kMaxDuration:
      return "max_duration";
  }
  return "unknown";
}

Sampler::Sampler(Device& device, Clock clock, std::unique_ptr<Stream> stream,
                 std::unique_ptr<Timer> timer)
    : device_(&device),
      clock_(std::move(clock)),
      stream_(std::move(stream)),
      timer_(std::move(timer)) {}

absl::StatusOr<Sampler> Sampler::Create(Device& device, Clock clock) {
  ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<Stream> stream, device.CreateStream());
  ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<Timer> timer, device.CreateTimer());
  return Sampler(device, std::move(clock), std::move(stream), std::move(timer));
}

absl::StatusOr<SampleSet> Sampler::Sample(const Launch& launch, const SamplerOptions& options) {
  const absl::Time deadline = clock_() + options.max_duration;
  SampleSet set;
  ATTUNE_ASSIGN_OR_RETURN(set.launches_per_sample, WarmUp(launch, options));
  ATTUNE_RETURN_IF_ERROR(Fill(launch, options, deadline, set));
  return set;
}

absl::StatusOr<SampleSet> Sampler::Take(const Launch& launch, int launches_per_sample, int count,
                                        const SamplerOptions& options) {
  SamplerOptions exactly = options;
  exactly.min_samples = exactly.max_samples = count;
  ATTUNE_RETURN_IF_ERROR(Check(exactly));
  SampleSet set;
  set.launches_per_sample = launches_per_sample;
  ATTUNE_RETURN_IF_ERROR(Fill(launch, exactly, clock_() + options.max_duration, set));
  return set;
}

absl::Status Sampler::Fill(const Launch& launch, const SamplerOptions& options, absl::Time deadline,
                           SampleSet& set) {
  std::optional<StopReason> stop;
  for (int repeats = 0; !stop.has_value();) {
    const size_t first = set.nanoseconds.size();
    while (!stop.has_value() && set.nanoseconds.size() < first + kSamplesPerReading) {
      ATTUNE_ASSIGN_OR_RETURN(const double nanoseconds,
                              Measure(launch, set.launches_per_sample, options.flush_caches));
      set.nanoseconds.push_back(nanoseconds);
      stop = ReasonToStop(set, options, clock_() >= deadline);
    }
    const bool cool = ReadConditions(first, options.tolerated_clock_loss, set);
    const size_t count = set.nanoseconds.size() - first;
    if (cool || !MayRepeat(count, repeats, options)) stays_throttled_ = !cool;
    if (cool || stays_throttled_ || stop == StopReason::kMaxDuration) continue;
    ++repeats;
    discarded_ += count;
    Discard(first, set);
    stop = std::nullopt;
    absl::SleepFor(options.throttled_pause);
  }
  kept_ += set.nanoseconds.size();
  set.stopped = *stop;
  return absl::OkStatus();
}

bool Sampler::MayRepeat(size_t more, int repeats, const SamplerOptions& options) const {
  if (repeats >= options.max_throttled_repeats) return false;
  const auto always = kSamplesPerReading * static_cast<size_t>(options.max_throttled_repeats);
  const double share = options.max_throttled_share * static_cast<double>(kept_);
  return discarded_ + more <= always + static_cast<size_t>(share);
}

bool Sampler::ReadConditions(size_t first, double tolerated_clock_loss, SampleSet& set) {
  if (!tells_state_) return true;
  const absl::StatusOr<DeviceState> state = device_->ReadState();
  if (!state.ok()) {
    // It has no way to tell, and will not have one at the next sample.
    tells_state_ = false;
    return true;
  }
  const size_t count = set.nanoseconds.size() - first;
  set.core_mhz.insert(set.core_mhz.end(), count, state->core_mhz);
  set.throttle_reasons.insert(set.throttle_reasons.end(), count, state->throttle_reasons);
  highest_mhz_ = std::max(highest_mhz_, state->core_mhz);
  const double least_mhz = (1 - tolerated_clock_loss) * highest_mhz_;
  // A clock that is not known is none to go by.
  const bool at_speed = state->core_mhz > 0 && state->core_mhz >= least_mhz;
  return !state->throttled || at_speed;
}

absl::StatusOr<int> Sampler::WarmUp(const Launch& launch, const SamplerOptions& options) {
  ATTUNE_RETURN_IF_ERROR(Check(options));
  const absl::Time deadline = clock_() + options.max_duration;
  for (int run = 0; run < options.warmup_runs; ++run) {
    ATTUNE_RETURN_IF_ERROR(launch(*stream_));
    ATTUNE_RETURN_IF_ERROR(stream_->Synchronize());
    if (clock_() >= deadline) break;
  }
  return CalibrateLaunches(launch, options);
}

absl::StatusOr<int> Sampler::CalibrateLaunches(const Launch& launch,
                                               const SamplerOptions& options) {
  const double wanted = absl::ToDoubleNanoseconds(options.min_sample_duration);
  int launches = 1;
  while (launches < options.max_launches_per_sample) {
    ATTUNE_ASSIGN_OR_RETURN(const double nanoseconds,
                            Measure(launch, launches, options.flush_caches));
    if (nanoseconds * launches >= wanted) break;
    // A time near the timer's resolution is a poor forecast: at least double, at most eightfold.
    const double forecast = nanoseconds > 0 ? std::ceil(wanted / nanoseconds) : 8.0 * launches;
    launches = static_cast<int>(std::clamp(forecast, 2.0 * launches, 8.0 * launches));
    launches = std::min(launches, options.max_launches_per_sample);
  }
  return launches;
}

absl::StatusOr<double> Sampler::Measure(const Launch& launch, int launches, bool flush_caches) {
  if (flush_caches) ATTUNE_RETURN_IF_ERROR(device_->FlushCaches(*stream_));
  ATTUNE_RETURN_IF_ERROR(timer_->Start(*stream_));
  for (int i = 0; i < launches; ++i) ATTUNE_RETURN_IF_ERROR(launch(*stream_));
  ATTUNE_RETURN_IF_ERROR(timer_->Stop(*stream_));
  ATTUNE_ASSIGN_OR_RETURN(const absl::Duration elapsed, timer_->Elapsed());
  return absl::ToDoubleNanoseconds(elapsed) / launches;
}

}  // namespace attune
