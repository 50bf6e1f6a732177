#include "autotune/sampler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "autotune/statistics.h"
#include "base/status_macros.h"

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

// The relative error costs a sort of all samples: it is asked for at every sample up to 32, then at
// every 32nd.
bool IsPrecise(const SampleSet& set, const SamplerOptions& options) {
  const size_t count = set.nanoseconds.size();
  if (count < static_cast<size_t>(options.min_samples)) return false;
  if (count > 32 && count % 32 != 0) return false;
  return RelativeMedianError(set.nanoseconds, options.confidence) <= options.target_relative_error;
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
  ATTUNE_RETURN_IF_ERROR(Check(options));
  const absl::Time deadline = clock_() + options.max_duration;
  ATTUNE_RETURN_IF_ERROR(WarmUp(launch, options, deadline));
  SampleSet set;
  ATTUNE_ASSIGN_OR_RETURN(set.launches_per_sample, CalibrateLaunches(launch, options));
  while (true) {
    ATTUNE_ASSIGN_OR_RETURN(const double nanoseconds,
                            Measure(launch, set.launches_per_sample, options.flush_caches));
    set.nanoseconds.push_back(nanoseconds);
    if (IsPrecise(set, options)) {
      set.stopped = StopReason::kPrecise;
      return set;
    }
    if (set.nanoseconds.size() >= static_cast<size_t>(options.max_samples)) {
      set.stopped = StopReason::kMaxSamples;
      return set;
    }
    if (clock_() >= deadline) {
      set.stopped = StopReason::kMaxDuration;
      return set;
    }
  }
}

absl::StatusOr<std::vector<absl::StatusOr<SampleSet>>> Sampler::SampleInterleaved(
    absl::Span<const Launch> rivals, int rounds, const SamplerOptions& options) {
  ATTUNE_RETURN_IF_ERROR(Check(options));
  if (rounds < 1) return absl::InvalidArgumentError("interleaved sampling needs at least 1 round");
  const absl::Time deadline = clock_() + options.max_duration;
  std::vector<absl::StatusOr<SampleSet>> sets;
  for (const Launch& rival : rivals) sets.push_back(PrepareRival(rival, options, deadline));
  StopReason stopped = StopReason::kMaxSamples;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0 && clock_() >= deadline) {
      stopped = StopReason::kMaxDuration;
      break;
    }
    for (size_t turn = 0; turn < rivals.size(); ++turn) {
      const size_t i = (turn + static_cast<size_t>(round)) % rivals.size();
      if (!sets[i].ok()) continue;
      const absl::StatusOr<double> nanoseconds =
          Measure(rivals[i], sets[i]->launches_per_sample, options.flush_caches);
      if (nanoseconds.ok()) {
        sets[i]->nanoseconds.push_back(*nanoseconds);
      } else {
        sets[i] = nanoseconds.status();
      }
    }
  }
  for (absl::StatusOr<SampleSet>& set : sets) {
    if (set.ok()) set->stopped = stopped;
  }
  return sets;
}

absl::StatusOr<SampleSet> Sampler::PrepareRival(const Launch& launch, const SamplerOptions& options,
                                                absl::Time deadline) {
  ATTUNE_RETURN_IF_ERROR(WarmUp(launch, options, deadline));
  SampleSet set;
  ATTUNE_ASSIGN_OR_RETURN(set.launches_per_sample, CalibrateLaunches(launch, options));
  return set;
}

absl::Status Sampler::WarmUp(const Launch& launch, const SamplerOptions& options,
                             absl::Time deadline) {
  for (int run = 0; run < options.warmup_runs; ++run) {
    ATTUNE_RETURN_IF_ERROR(launch(*stream_));
    ATTUNE_RETURN_IF_ERROR(stream_->Synchronize());
    if (clock_() >= deadline) break;
  }
  return absl::OkStatus();
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
