#include "autotune/bench/local_bench.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/space/stored_configuration.h"
#include "base/status_macros.h"

namespace attune {
namespace {

void SetFailure(Trial::Outcome outcome, const absl::Status& status, Trial& trial) {
  trial.set_outcome(outcome);
  trial.set_message(std::string(status.message()));
}

void SetSamples(const SampleSet& samples, Trial& trial) {
  trial.set_outcome(Trial::OK);
  trial.mutable_nanoseconds()->Assign(samples.nanoseconds.begin(), samples.nanoseconds.end());
  trial.mutable_core_mhz()->Assign(samples.core_mhz.begin(), samples.core_mhz.end());
  trial.mutable_throttle_reasons()->Assign(samples.throttle_reasons.begin(),
                                           samples.throttle_reasons.end());
  trial.set_throttled_discarded(samples.throttled_discarded);
}

// The failure that `status` of Experiment::Prepare is.
Trial::Outcome PrepareFailure(const absl::Status& status) {
  if (absl::IsDeadlineExceeded(status)) return Trial::TIMEOUT;
  return absl::IsAborted(status) ? Trial::CRASH : Trial::COMPILE_ERROR;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalBench>> LocalBench::Open(const KernelFamily& family,
                                                             const Workload& workload,
                                                             Device& device,
                                                             const BenchOptions& options) {
  ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<Experiment> experiment,
                          family.Open(workload, device, options.seed));
  ATTUNE_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create(device));
  return std::unique_ptr<LocalBench>(
      new LocalBench(device, std::move(experiment), std::move(sampler), options));
}

LocalBench::LocalBench(Device& device, std::unique_ptr<Experiment> experiment, Sampler sampler,
                       const BenchOptions& options)
    : device_(device),
      experiment_(std::move(experiment)),
      sampler_(std::move(sampler)),
      options_(options),
      preparer_(*experiment_, options.prepare_threads) {}

void LocalBench::Announce(const Configuration& configuration) {
  // What compiles on the processors that it is measured on would disturb what is measured.
  if (options_.prepare_threads > 1) preparer_.Submit(configuration);
}

void LocalBench::Prepare(const Configuration& configuration) {
  const absl::Time start = absl::Now();
  prepared_.reset();
  while (preparer_.outstanding() > 0 && !IsPrepared(configuration)) prepared_ = preparer_.Next();
  if (!IsPrepared(configuration)) {
    preparer_.Submit(configuration);
    prepared_ = preparer_.Next();
  }
  waited_ = absl::Now() - start;
}

absl::StatusOr<Trial> LocalBench::Try(const Configuration& configuration, int max_samples) {
  if (!IsPrepared(configuration)) Prepare(configuration);
  PreparedCandidate prepared = *std::move(prepared_);
  prepared_.reset();
  Trial trial;
  *trial.mutable_configuration() = ToProto(configuration);
  trial.set_prepare_seconds(absl::ToDoubleSeconds(prepared.duration));
  trial.set_wait_seconds(absl::ToDoubleSeconds(waited_));
  trial.set_device(device_.info().id);
  if (prepared.candidate.ok()) {
    Measure(**prepared.candidate, max_samples, trial);
  } else {
    SetFailure(PrepareFailure(prepared.candidate.status()), prepared.candidate.status(), trial);
  }
  trial.set_unix_microseconds(absl::ToUnixMicros(absl::Now()));
  return trial;
}

void LocalBench::Measure(Candidate& candidate, int max_samples, Trial& trial) {
  for (const auto& [name, amount] : candidate.resources()) {
    (*trial.mutable_resources())[name] = amount;
  }
  const absl::Time start = absl::Now();
  const absl::Status verified = candidate.Verify();
  const absl::Time end = absl::Now();
  trial.set_verify_seconds(absl::ToDoubleSeconds(end - start));
  if (!verified.ok()) {
    SetFailure(absl::IsDataLoss(verified) ? Trial::WRONG_RESULT : Trial::LAUNCH_ERROR, verified,
               trial);
    return;
  }
  SamplerOptions sampling = options_.sampling;
  sampling.max_samples = std::min(sampling.max_samples, max_samples);
  sampling.min_samples = std::min(sampling.min_samples, sampling.max_samples);
  const absl::StatusOr<SampleSet> samples =
      sampler_.Sample([&](Stream& stream) { return candidate.Launch(stream); }, sampling);
  trial.set_sample_seconds(absl::ToDoubleSeconds(absl::Now() - end));
  if (samples.ok()) {
    SetSamples(*samples, trial);
  } else {
    SetFailure(Trial::LAUNCH_ERROR, samples.status(), trial);
  }
}

absl::StatusOr<LocalBench::Held> LocalBench::Hold(const Configuration& configuration) {
  Held held;
  ATTUNE_ASSIGN_OR_RETURN(held.candidate, experiment_->Prepare(configuration));
  ATTUNE_RETURN_IF_ERROR(held.candidate->Verify());
  ATTUNE_ASSIGN_OR_RETURN(
      held.launches_per_sample,
      sampler_.WarmUp([&](Stream& stream) { return held.candidate->Launch(stream); },
                      options_.sampling));
  return held;
}

absl::StatusOr<std::vector<double>> LocalBench::Time(const Configuration& configuration,
                                                     int count) {
  auto held = held_.find(configuration);
  if (held == held_.end()) {
    ATTUNE_ASSIGN_OR_RETURN(Held made_ready, Hold(configuration));
    held = held_.emplace(configuration, std::move(made_ready)).first;
  }
  if (count == 0) return std::vector<double>();
  Candidate& candidate = *held->second.candidate;
  ATTUNE_ASSIGN_OR_RETURN(
      const SampleSet samples,
      sampler_.Take([&](Stream& stream) { return candidate.Launch(stream); },
                    held->second.launches_per_sample, count, options_.sampling));
  return samples.nanoseconds;
}

absl::Status LocalBench::CheckDevice() {
  constexpr int64_t kBytes = 256;
  ATTUNE_ASSIGN_OR_RETURN(const Buffer buffer, device_.Allocate(kBytes));
  uint8_t read = 0;
  ATTUNE_RETURN_IF_ERROR(device_.Fill(buffer.data(), 1, kBytes));
  return device_.CopyToHost(&read, buffer.data(), 1);
}

}  // namespace attune
