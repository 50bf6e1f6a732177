// What a plan costs the host on a GPU: making one, with its kernel compiled, kept on disk or not
// yet; running it, with every family of the GPU; and, for scale, the driver's launch of an empty
// kernel, its parameters given by pointers or as one buffer.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "attention/attention.h"
#include "attention/families.h"
#include "attention/tuning/device_tensors.h"
#include "autotune/cache/tuning_cache.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/gpu_context.h"
#include "device/cuda/graph.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/nvrtc.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(gpu_plan_benchmark [FLAGS]

Times what a plan costs the host on GPU cuda:0: making one, with its kernel compiled or not yet;
running it and replaying it as a graph, with every family; and the driver's launch of an empty
kernel, for scale.

  $ATTUNE_CACHE_DIR   a directory of this run's own: kernels that are there already are not compiled
)";

Problem SmallProblem(int64_t dim) {
  Problem problem;
  problem.dtype = Dtype::kBfloat16;
  problem.q_heads = problem.kv_heads = 8;
  problem.q_len = problem.kv_len = 256;
  problem.qk_dim = problem.v_dim = dim;
  problem.mask = Mask::Causal();
  return problem;
}

absl::StatusOr<AttentionPlan> MakePlan(const Problem& problem, absl::string_view family = "") {
  static const auto* const cache = new TuningCache(TuningCacheOptions{});
  const auto gpu = BenchmarkedGpu();
  if (!gpu.ok()) return gpu.status();
  return Attention::Plan(problem, {.device = *gpu, .cache = cache, .family = std::string(family)});
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
    if (!plan.ok()) return FailBenchmark(state, plan.status());
  }
}

void PlanCached(benchmark::State& state) {
  (void)MakePlan(SmallProblem(64));
  for (auto _ : state) {
    const auto plan = MakePlan(SmallProblem(64));
    if (!plan.ok()) return FailBenchmark(state, plan.status());
  }
}

struct Prepared {
  AttentionPlan plan;
  DeviceTensors tensors;
  std::unique_ptr<CudaStream> stream;
};

absl::StatusOr<Prepared> Prepare(absl::string_view family) {
  auto plan = MakePlan(SmallProblem(64), family);
  if (!plan.ok()) return plan.status();
  auto tensors = DeviceTensors::Create(plan->problem(), Direction::kForward, **BenchmarkedGpu(), 1);
  if (!tensors.ok()) return tensors.status();
  auto stream = CudaStream::Create((*BenchmarkedGpu())->context());
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
    if (!status.ok()) return FailBenchmark(state, status);
    if (++queued < 256) continue;
    queued = 0;
    state.PauseTiming();
    const absl::Status waited = stream.Synchronize();
    if (!waited.ok()) return FailBenchmark(state, waited);
    state.ResumeTiming();
  }
}

void RunHostTime(benchmark::State& state, absl::string_view family) {
  const auto prepared = Prepare(family);
  if (!prepared.ok()) return FailBenchmark(state, prepared.status());
  const AttentionTensors tensors = prepared->tensors.Bind();
  TimeEnqueues(state, *prepared->stream,
               [&] { return prepared->plan.Run(tensors, *prepared->stream); });
}

void ReplayHostTime(benchmark::State& state, absl::string_view family) {
  const auto prepared = Prepare(family);
  if (!prepared.ok()) return FailBenchmark(state, prepared.status());
  const AttentionTensors tensors = prepared->tensors.Bind();
  const auto graph = Graph::Capture(
      *prepared->stream, [&](Stream& stream) { return prepared->plan.Run(tensors, stream); });
  if (!graph.ok()) return FailBenchmark(state, graph.status());
  TimeEnqueues(state, *prepared->stream, [&] { return graph->Replay(*prepared->stream); });
}

// As many bytes of parameters as portable_forward has.
constexpr char kEmptyKernel[] = R"(
struct Parameters { char bytes[400]; };
extern "C" __global__ void Empty(const __grid_constant__ Parameters p) {})";
constexpr size_t kParameterBytes = 400;

absl::StatusOr<KernelModule> EmptyKernel() {
  const CudaDevice& gpu = **BenchmarkedGpu();
  const auto nvrtc = LoadNvrtc();
  if (!nvrtc.ok()) return nvrtc.status();
  KernelSource source;
  source.name = "empty.cu";
  source.text = kEmptyKernel;
  source.name_expression = "Empty";
  source.architecture = CompileArchitecture(gpu.info().architecture);
  const auto image = CompileKernel(**nvrtc, source);
  if (!image.ok()) return image.status();
  return KernelModule::Load(gpu.context(), *image);
}

// The driver's part of a run.
void LaunchHostTime(benchmark::State& state, bool as_buffer) {
  const auto kernel = EmptyKernel();
  if (!kernel.ok()) return FailBenchmark(state, kernel.status());
  const auto stream = CudaStream::Create((*BenchmarkedGpu())->context());
  if (!stream.ok()) return FailBenchmark(state, stream.status());
  const ScopedContext scope(kernel->context());
  const Driver& driver = kernel->context().driver();
  char parameters[kParameterBytes] = {};
  size_t bytes = sizeof(parameters);
  void* pointers[] = {parameters};
  void* buffer[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, parameters, CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes,
                    CU_LAUNCH_PARAM_END};
  CUlaunchConfig config = {};
  config.gridDimX = config.gridDimY = config.gridDimZ = 1;
  config.blockDimX = 128;
  config.blockDimY = config.blockDimZ = 1;
  config.hStream = (*stream)->handle();
  TimeEnqueues(state, **stream, [&] {
    const CUresult result = driver.LaunchKernelEx(
        &config, kernel->function(), as_buffer ? nullptr : pointers, as_buffer ? buffer : nullptr);
    return DriverStatus(driver, result, "cuLaunchKernelEx");
  });
}

template <typename Function>
benchmark::internal::Benchmark* Register(const std::string& name, benchmark::TimeUnit unit,
                                         Function function) {
  return benchmark::RegisterBenchmark(name.c_str(), function)->UseRealTime()->Unit(unit);
}

void RegisterFamilies(const DeviceInfo& gpu) {
  for (const AttentionFamily* family : AttentionFamilies()) {
    if (family->direction() != Direction::kForward) continue;
    if (!family->Supports(SmallProblem(64), gpu).ok()) continue;
    const std::string name(family->name());
    Register("run_host_time/" + name, benchmark::kMicrosecond,
             [name](benchmark::State& state) { RunHostTime(state, name); });
    Register("graph_replay_host_time/" + name, benchmark::kMicrosecond,
             [name](benchmark::State& state) { ReplayHostTime(state, name); });
  }
}

int Main(int argc, char** argv) {
  if (const auto exit_code = StartBenchmarks(argc, argv, {.help = kHelp})) return *exit_code;
  const auto gpu = BenchmarkedGpu();
  if (!gpu.ok()) return Blocked(gpu.status());
  AddGpuContext(**gpu);
  Register("plan_uncached", benchmark::kMillisecond, PlanUncached)->Iterations(5);
  Register("plan_cached", benchmark::kMillisecond, PlanCached);
  RegisterFamilies((*gpu)->info());
  for (const bool as_buffer : {false, true}) {
    Register(as_buffer ? "launch_host_time/buffer" : "launch_host_time/pointers",
             benchmark::kMicrosecond,
             [as_buffer](benchmark::State& state) { LaunchHostTime(state, as_buffer); });
  }
  return RunBenchmarks();
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
