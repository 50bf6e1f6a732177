#include "benchmarks/attention_subject.h"

#include <utility>

#include "base/status_macros.h"

namespace attune {
namespace {

// Long enough that a GPU has left its idle clocks.
constexpr int kWarmupRuns = 10;
constexpr uint64_t kSeed = 1;

}  // namespace

absl::StatusOr<std::unique_ptr<AttentionSubject>> AttentionSubject::Create(
    const AttentionCase& timed, Device& device) {
  std::unique_ptr<AttentionSubject> subject(new AttentionSubject(device));
  ATTUNE_RETURN_IF_ERROR(subject->Initialize(timed));
  return subject;
}

absl::Status AttentionSubject::Initialize(const AttentionCase& timed) {
  const Direction direction = timed.family->direction();
  const int64_t held_before = device_.memory_usage().current_bytes;
  ATTUNE_ASSIGN_OR_RETURN(DeviceTensors first,
                          DeviceTensors::Create(timed.problem, direction, device_, kSeed));
  inputs_.push_back(std::move(first));
  // After the inputs, for which a backward pass has had a forward pass run.
  device_.ResetPeakMemory();
  ATTUNE_ASSIGN_OR_RETURN(
      AttentionPlan plan,
      Attention::Plan(timed.problem, {.direction = direction,
                                      .device = &device_,
                                      .family = std::string(timed.family->name()),
                                      .configuration = timed.configuration}));
  plan_ = std::make_unique<AttentionPlan>(std::move(plan));
  ATTUNE_RETURN_IF_ERROR(plan_->Run(inputs_.front().Bind()));
  peak_bytes_ = device_.memory_usage().peak_bytes - held_before;

  ATTUNE_ASSIGN_OR_RETURN(DeviceTensors second,
                          DeviceTensors::Create(timed.problem, direction, device_, kSeed + 1));
  inputs_.push_back(std::move(second));
  ATTUNE_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create(device_));
  sampler_ = std::make_unique<Sampler>(std::move(sampler));
  SamplerOptions options;
  options.warmup_runs = kWarmupRuns;
  options.min_samples = options.max_samples = 1;
  return sampler_->Sample([this](Stream& stream) { return Launch(stream); }, options).status();
}

absl::Status AttentionSubject::Launch(Stream& stream) {
  next_input_ = (next_input_ + 1) % inputs_.size();
  return plan_->Run(inputs_[next_input_].Bind(), stream);
}

absl::StatusOr<absl::Duration> AttentionSubject::Sample() {
  SamplerOptions options;
  options.warmup_runs = 0;
  options.min_samples = options.max_samples = 1;
  ATTUNE_ASSIGN_OR_RETURN(
      const SampleSet set,
      sampler_->Sample([this](Stream& stream) { return Launch(stream); }, options));
  return absl::Nanoseconds(set.nanoseconds.front());
}

}  // namespace attune
