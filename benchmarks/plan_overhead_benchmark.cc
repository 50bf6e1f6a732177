// What of Plan::Run's host time is Attune's own: a run on a driver whose launch does nothing,
// beside that launch alone. Needs a CUDA toolkit to compile the kernel, and no GPU.
#include <benchmark/benchmark.h>

#include <memory>

#include "attention/attention.h"
#include "autotune/cache/tuning_cache.h"
#include "benchmarks/benchmark_program.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/fake_driver.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(plan_overhead_benchmark [FLAGS]

Times what of a run's host time is Attune's own, on a driver whose launch does nothing. Needs a CUDA
toolkit to compile the kernel, and no GPU.
)";

CUresult LaunchNothing(const CUlaunchConfig* config, CUfunction, void** arguments, void**) {
  benchmark::DoNotOptimize(config->gridDimX);
  benchmark::DoNotOptimize(arguments);
  return CUDA_SUCCESS;
}

void RunOwnHostTime(benchmark::State& state) {
  Driver driver = MakeFakeDriver();
  driver.LaunchKernelEx = LaunchNothing;
  const auto device = CudaDevice::Create(driver, 0, "13.0");
  if (!device.ok()) return FailBenchmark(state, device.status());
  const Problem problem = {.q_heads = 8,
                           .kv_heads = 8,
                           .q_len = 256,
                           .kv_len = 256,
                           .qk_dim = 64,
                           .v_dim = 64,
                           .mask = Mask::Causal()};
  const TuningCache cache(TuningCacheOptions{});
  const auto plan = Attention::Plan(
      problem, {.device = device->get(), .cache = &cache, .family = "portable_forward"});
  if (!plan.ok()) return FailBenchmark(state, plan.status());
  const auto stream = (*device)->CreateStream();
  if (!stream.ok()) return FailBenchmark(state, stream.status());
  alignas(256) static char memory[1024];
  const AttentionTensors tensors = ForwardTensors{
      .query = memory, .key = memory + 256, .value = memory + 512, .out = memory + 768};
  for (auto _ : state) {
    const absl::Status status = plan->Run(tensors, **stream);
    if (!status.ok()) return FailBenchmark(state, status);
  }
}

int Main(int argc, char** argv) {
  if (const auto exit_code = StartBenchmarks(argc, argv, {.help = kHelp})) return *exit_code;
  benchmark::RegisterBenchmark("run_own_host_time", RunOwnHostTime);
  return RunBenchmarks();
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
