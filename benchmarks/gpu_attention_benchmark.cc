// Every attention family of this build on the GPU, and of the CPU what it can do in the time: one
// run that says how much faster the GPU is. docs/benchmarks.md explains names, counters and files.
//
//   --ceilings=FOLDER      results among which this GPU's roofline is, for the counter of_ceiling;
//                          benchmarks/results if not given
//   --min_gpu_over_cpu=2   exits with 1 if a GPU's case is less than so many times as fast as the
//                          fastest CPU family, or nothing was compared
//
// Exits with 1 if a case could not be run. Prints BLOCKED and exits with 2 where there is no GPU.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "attention/families.h"
#include "benchmarks/attention_benchmark.h"
#include "benchmarks/attention_problems.h"
#include "benchmarks/ceilings.h"
#include "benchmarks/comparison.h"
#include "benchmarks/gpu_context.h"
#include "benchmarks/run_context.h"
#include "device/cpu/cpu_device.h"

namespace attune {
namespace {

constexpr int kRepetitions = 15;

void RegisterOn(const std::vector<Problem>& problems, const BenchmarkedDevice& on) {
  for (const Problem& problem : problems) {
    for (const AttentionFamily* family : AttentionFamilies()) {
      if (!family->Supports(problem, on.device->info()).ok()) continue;
      RegisterAttentionBenchmark({.problem = problem, .family = family}, on);
    }
  }
}

void RegisterAll(CudaDevice& gpu, const Ceilings* ceilings) {
  static auto* const cpu = new CpuDevice;
  static const auto* const monitor = new absl::StatusOr<GpuMonitor>(MonitorOf(gpu));
  AddDeviceContext("cpu", cpu->info());
  const BenchmarkedDevice on_gpu = {
      .device = &gpu, .monitor = monitor->ok() ? &**monitor : nullptr, .ceilings = ceilings};
  RegisterOn(ModestProblems(), on_gpu);
  RegisterOn(ModestProblems(), {.device = cpu});
  RegisterOn(LargeProblems(), on_gpu);
  RegisterOn(DecodeProblems(), on_gpu);
}

// The command line's own flag; nullopt and a message if there is anything else.
std::optional<double> MinGpuOverCpu(const std::vector<std::string>& arguments) {
  double least = 0;
  for (absl::string_view argument : arguments) {
    if (absl::ConsumePrefix(&argument, "--min_gpu_over_cpu=") &&
        absl::SimpleAtod(argument, &least)) {
      continue;
    }
    std::cerr << "unknown or malformed argument: " << argument
              << "; expected --min_gpu_over_cpu=NUMBER, --ceilings=FOLDER or flags of Google "
                 "Benchmark (--help)\n";
    return std::nullopt;
  }
  return least;
}

// Whether all of them are fast enough.
bool ReportSpeedups(double least) {
  const std::vector<Speedup> speedups = GpuOverCpu(TimedCases());
  if (speedups.empty()) return least == 0;
  std::cerr << "\n" << SpeedupTable(speedups);
  const auto slowest =
      std::min_element(speedups.begin(), speedups.end(),
                       [](const Speedup& a, const Speedup& b) { return a.ratio() < b.ratio(); });
  std::cerr << "least: " << slowest->ratio() << ", " << slowest->gpu_case << "\n";
  if (slowest->ratio() >= least) return true;
  std::cerr << "FAIL: expected at least " << least << " times\n";
  return false;
}

int Main(int argc, char** argv) {
  std::vector<std::string> arguments =
      InitializeBenchmarks(argc, argv, OneSampleARepetition(kRepetitions));
  const absl::StatusOr<CudaDevice*> gpu = BenchmarkedGpu();
  if (!gpu.ok()) {
    std::cout << "BLOCKED: " << gpu.status().message() << std::endl;
    return 2;
  }
  const Ceilings* const ceilings = CeilingsForBenchmarks("ceilings", (*gpu)->info(), arguments);
  const std::optional<double> least = MinGpuOverCpu(arguments);
  if (!least.has_value()) return 1;
  AddGpuContext(**gpu);
  RegisterAll(**gpu, ceilings);
  benchmark::RunSpecifiedBenchmarks();
  return ReportSpeedups(*least) && FailedRepetitions() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
