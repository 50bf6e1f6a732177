// How fast plans run the standard problems on the GPU, and the same problems on the CPU beside it.
// Device time by events, each run on caches that the last one left nothing in. Prints BLOCKED and
// exits with 2 where there is no GPU.
#include <benchmark/benchmark.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "attention/attention.h"
#include "attention/tuning/device_tensors.h"
#include "base/status_macros.h"
#include "device/discovery.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/standard_problems.h"

namespace attune {
namespace {

absl::Status TimeOnce(const AttentionPlan& plan, const AttentionTensors& tensors, Device& device,
                      Stream& stream, Timer& timer, benchmark::State& state) {
  ATTUNE_RETURN_IF_ERROR(device.FlushCaches(stream));
  ATTUNE_RETURN_IF_ERROR(timer.Start(stream));
  ATTUNE_RETURN_IF_ERROR(plan.Run(tensors, stream));
  ATTUNE_RETURN_IF_ERROR(timer.Stop(stream));
  ATTUNE_ASSIGN_OR_RETURN(const absl::Duration elapsed, timer.Elapsed());
  state.SetIterationTime(absl::ToDoubleSeconds(elapsed));
  return absl::OkStatus();
}

absl::Status TimePlan(const Problem& problem, Device& device, benchmark::State& state) {
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, Attention::Plan(problem, {.device = &device}));
  ATTUNE_ASSIGN_OR_RETURN(const DeviceTensors tensors,
                          DeviceTensors::Create(problem, Direction::kForward, device, 1));
  ATTUNE_ASSIGN_OR_RETURN(const auto stream, device.CreateStream());
  ATTUNE_ASSIGN_OR_RETURN(const auto timer, device.CreateTimer());
  const AttentionTensors bound = tensors.Bind();
  for (auto _ : state) {
    ATTUNE_RETURN_IF_ERROR(TimeOnce(plan, bound, device, *stream, *timer, state));
  }
  state.counters["TFLOP/s"] = benchmark::Counter(
      Flops(problem, Direction::kForward) * 1e-12 * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
  state.SetLabel(absl::StrCat(plan.family().name(), " ", plan.configuration().ToString()));
  return absl::OkStatus();
}

void Register(const std::string& prefix, const NamedProblem& named, Device& device) {
  const auto run = [problem = named.problem, &device](benchmark::State& state) {
    const absl::Status status = TimePlan(problem, device, state);
    if (!status.ok()) state.SkipWithError(status.ToString().c_str());
  };
  benchmark::RegisterBenchmark(absl::StrCat(prefix, named.name).c_str(), run)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

// The shape that attention kernels are compared on.
std::vector<NamedProblem> LargeBatches() {
  std::vector<NamedProblem> problems;
  for (const bool causal : {false, true}) {
    problems.push_back({causal ? "4k_causal_bf16" : "4k_bf16",
                        {.dtype = Dtype::kBfloat16,
                         .batch = 4,
                         .q_heads = 16,
                         .kv_heads = 16,
                         .q_len = 4096,
                         .kv_len = 4096,
                         .qk_dim = 128,
                         .v_dim = 128,
                         .mask = causal ? Mask::Causal() : Mask::Full()}});
  }
  return problems;
}

int Main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto gpu = SharedGpu();
  if (!gpu.ok()) {
    std::cout << "BLOCKED: " << gpu.status().message() << std::endl;
    return 2;
  }
  const auto cpu = OpenDevice("cpu");
  if (!cpu.ok()) {
    std::cerr << cpu.status() << "\n";
    return 1;
  }
  benchmark::AddCustomContext("gpu", (*gpu)->info().ToString());
  benchmark::AddCustomContext("cpu", (*cpu)->info().ToString());
  for (const NamedProblem& named : SizedProblems()) {
    Register("gpu/", named, **gpu);
    // Below this length a GPU has nothing to show for itself.
    if (named.problem.q_len >= 512) Register("cpu/", named, **cpu);
  }
  for (const NamedProblem& named : LargeBatches()) Register("gpu/", named, **gpu);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
