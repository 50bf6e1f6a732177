#include "benchmarks/roofline/gpu_registration.h"

#include <benchmark/benchmark.h>

#include <optional>
#include <string>
#include <utility>

#include "autotune/timing/sampler.h"
#include "base/status_macros.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/gpu_context.h"
#include "benchmarks/roofline/gpu_roofline.h"

namespace attune {
namespace {

struct Subject {
  std::string name;
  LoadedRate loaded;
  Sampler sampler;
};

// Stays for the repetitions of its benchmark: compiling takes longer than all of them. Never
// destroyed, as the device is not.
absl::StatusOr<Subject*> SubjectOf(const GpuRate& rate, CudaDevice& gpu) {
  static auto* const kept = new std::optional<Subject>;
  if (!kept->has_value() || (*kept)->name != rate.name) {
    kept->reset();
    ATTUNE_ASSIGN_OR_RETURN(LoadedRate loaded, LoadedRate::Load(rate, gpu));
    ATTUNE_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create(gpu));
    kept->emplace(Subject{rate.name, std::move(loaded), std::move(sampler)});
  }
  return &**kept;
}

absl::StatusOr<double> Seconds(Subject& subject) {
  SamplerOptions options;
  options.warmup_runs = 1;
  options.min_samples = options.max_samples = 1;
  ATTUNE_ASSIGN_OR_RETURN(
      const SampleSet set,
      subject.sampler.Sample([&](Stream& stream) { return subject.loaded.Launch(stream); },
                             options));
  return set.nanoseconds.front() * 1e-9;
}

void Run(benchmark::State& state, const GpuRate& rate, CudaDevice& gpu) {
  const absl::StatusOr<Subject*> subject = SubjectOf(rate, gpu);
  if (!subject.ok()) return FailBenchmark(state, subject.status());
  double seconds = 0;
  for (auto _ : state) {
    const absl::StatusOr<double> sample = Seconds(**subject);
    if (!sample.ok()) return FailBenchmark(state, sample.status());
    seconds = *sample;
    state.SetIterationTime(seconds);
  }
  state.counters[rate.counter] = (*subject)->loaded.amount() / rate.unit / seconds;
}

}  // namespace

absl::Status RegisterGpuRoofline() {
  ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const gpu, BenchmarkedGpu());
  AddGpuContext(*gpu);
  for (const GpuRate& rate : GpuRates(gpu->info())) {
    benchmark::RegisterBenchmark(("roofline/cuda/" + rate.name).c_str(),
                                 [rate, gpu](benchmark::State& state) { Run(state, rate, *gpu); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  return absl::OkStatus();
}

}  // namespace attune
