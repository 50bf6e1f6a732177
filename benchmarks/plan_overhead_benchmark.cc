// What of Plan::Run's host time is Attune's own: a run on a driver whose launch does nothing,
// beside that launch alone. Needs a CUDA toolkit to compile the kernel, and no GPU.
#include <benchmark/benchmark.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "attention/attention.h"
#include "autotune/cache/tuning_cache.h"
#include "benchmarks/run_context.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/fake_driver.h"

namespace attune {
namespace {

CUresult LaunchNothing(const CUlaunchConfig* config, CUfunction, void** arguments, void**) {
  benchmark::DoNotOptimize(config->gridDimX);
  benchmark::DoNotOptimize(arguments);
  return CUDA_SUCCESS;
}

void RunOwnHostTime(benchmark::State& state) {
  Driver driver = MakeFakeDriver();
  driver.LaunchKernelEx = LaunchNothing;
  const auto device = CudaDevice::Create(driver, 0, "13.0");
  if (!device.ok()) return state.SkipWithError(device.status().ToString().c_str());
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
  if (!plan.ok()) return state.SkipWithError(plan.status().ToString().c_str());
  const auto stream = (*device)->CreateStream();
  if (!stream.ok()) return state.SkipWithError(stream.status().ToString().c_str());
  alignas(256) static char memory[1024];
  const AttentionTensors tensors = ForwardTensors{
      .query = memory, .key = memory + 256, .value = memory + 512, .out = memory + 768};
  for (auto _ : state) {
    const absl::Status status = plan->Run(tensors, **stream);
    if (!status.ok()) return state.SkipWithError(status.ToString().c_str());
  }
}

int Main(int argc, char** argv) {
  const std::vector<std::string> unknown = InitializeBenchmarks(argc, argv);
  if (!unknown.empty()) {
    std::cerr << "unknown argument: " << unknown.front() << "\n";
    return 1;
  }
  benchmark::RegisterBenchmark("run_own_host_time", RunOwnHostTime);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
