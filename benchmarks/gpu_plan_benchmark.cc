// What a plan costs the host on a GPU: making one, with its kernel compiled, kept on disk or not
// yet; and running it. Prints BLOCKED and exits with 2 where there is no GPU.
//
// Needs a cache directory of its own ($ATTUNE_CACHE_DIR): kernels that are there already are not
// compiled.
#include <benchmark/benchmark.h>

#include <iostream>
#include <memory>
#include <utility>

#include "attention/attention.h"
#include "attention/tuning/device_tensors.h"
#include "autotune/tuning_cache.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/graph.h"
#include "device/discovery.h"

namespace attune {
namespace {

absl::StatusOr<Device*> Gpu() {
  static auto* const device = new absl::StatusOr<std::unique_ptr<Device>>(OpenDevice("cuda:0"));
  if (!device->ok()) return device->status();
  return (*device)->get();
}

Problem SmallProblem(int64_t dim) {
  Problem problem;
  problem.dtype = Dtype::kBfloat16;
  problem.q_heads = problem.kv_heads = 8;
  problem.q_len = problem.kv_len = 256;
  problem.qk_dim = problem.v_dim = dim;
  problem.mask = Mask::Causal();
  return problem;
}

absl::StatusOr<AttentionPlan> MakePlan(const Problem& problem) {
  static const auto* const cache = new TuningCache(TuningCacheOptions{});
  const auto gpu = Gpu();
  if (!gpu.ok()) return gpu.status();
  return Attention::Plan(problem, {.device = *gpu, .cache = cache});
}

// A problem that no earlier call gave, so that its kernel is compiled: all pairs of head dims that
// no other benchmark here uses.
absl::StatusOr<Problem> NewProblem() {
  static int64_t number = 0;
  constexpr int64_t kHeadDims = 15;
  const int64_t round = number / kHeadDims;
  if (round == kHeadDims) {
    return absl::ResourceExhaustedError(
        "every problem is compiled by now: ask for fewer repetitions");
  }
  Problem problem = SmallProblem(24 + 16 * (number % kHeadDims));
  problem.v_dim = 24 + 16 * ((number + round) % kHeadDims);
  ++number;
  return problem;
}

void PlanUncached(benchmark::State& state) {
  for (auto _ : state) {
    const auto problem = NewProblem();
    const auto plan = problem.ok() ? MakePlan(*problem) : problem.status();
    if (!plan.ok()) return state.SkipWithError(plan.status().ToString().c_str());
  }
}

void PlanCached(benchmark::State& state) {
  (void)MakePlan(SmallProblem(64));
  for (auto _ : state) {
    const auto plan = MakePlan(SmallProblem(64));
    if (!plan.ok()) return state.SkipWithError(plan.status().ToString().c_str());
  }
}

struct Prepared {
  AttentionPlan plan;
  DeviceTensors tensors;
  std::unique_ptr<CudaStream> stream;
};

absl::StatusOr<Prepared> Prepare() {
  auto plan = MakePlan(SmallProblem(64));
  if (!plan.ok()) return plan.status();
  auto tensors = DeviceTensors::Create(plan->problem(), Direction::kForward, **Gpu(), 1);
  if (!tensors.ok()) return tensors.status();
  const auto cuda = AsCudaDevice(**Gpu());
  if (!cuda.ok()) return cuda.status();
  auto stream = CudaStream::Create((*cuda)->context());
  if (!stream.ok()) return stream.status();
  return Prepared{*std::move(plan), *std::move(tensors), *std::move(stream)};
}

// Enqueues in batches short enough that the driver's queue never fills, which would make the host
// wait for the GPU; waiting for the batch is not counted.
template <typename Enqueue>
void TimeEnqueues(benchmark::State& state, CudaStream& stream, Enqueue enqueue) {
  int queued = 0;
  for (auto _ : state) {
    const absl::Status status = enqueue();
    if (!status.ok()) return state.SkipWithError(status.ToString().c_str());
    if (++queued < 256) continue;
    queued = 0;
    state.PauseTiming();
    const absl::Status waited = stream.Synchronize();
    if (!waited.ok()) return state.SkipWithError(waited.ToString().c_str());
    state.ResumeTiming();
  }
}

void RunHostTime(benchmark::State& state) {
  const auto prepared = Prepare();
  if (!prepared.ok()) return state.SkipWithError(prepared.status().ToString().c_str());
  const AttentionTensors tensors = prepared->tensors.Bind();
  TimeEnqueues(state, *prepared->stream,
               [&] { return prepared->plan.Run(tensors, *prepared->stream); });
}

void ReplayHostTime(benchmark::State& state) {
  const auto prepared = Prepare();
  if (!prepared.ok()) return state.SkipWithError(prepared.status().ToString().c_str());
  const AttentionTensors tensors = prepared->tensors.Bind();
  const auto graph = Graph::Capture(
      *prepared->stream, [&](Stream& stream) { return prepared->plan.Run(tensors, stream); });
  if (!graph.ok()) return state.SkipWithError(graph.status().ToString().c_str());
  TimeEnqueues(state, *prepared->stream, [&] { return graph->Replay(*prepared->stream); });
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const auto gpu = attune::Gpu();
  if (!gpu.ok()) {
    std::cout << "BLOCKED: " << gpu.status().message() << std::endl;
    return 2;
  }
  benchmark::AddCustomContext("device", (*gpu)->info().ToString());
  benchmark::RegisterBenchmark("plan_uncached", attune::PlanUncached)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond)
      ->Iterations(5);
  benchmark::RegisterBenchmark("plan_cached", attune::PlanCached)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("run_host_time", attune::RunHostTime)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("graph_replay_host_time", attune::ReplayHostTime)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
