// Every attention family of this build on the GPU, and of the CPU what it can do in the time: one
// run that says how much faster the GPU is.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "attention/families.h"
#include "benchmarks/attention_benchmark.h"
#include "benchmarks/attention_problems.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/ceilings.h"
#include "benchmarks/comparison.h"
#include "benchmarks/gpu_context.h"
#include "benchmarks/run_context.h"
#include "device/cpu/cpu_device.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(gpu_attention_benchmark [FLAGS]

Times attention on GPU cuda:0: each family, forward, backward and decode as far as there are
families, and what the CPU can do of the same in the time. Ends with how much faster the GPU is.

  --ceilings=FOLDER           the results that have this GPU's roofline, for the counter of_ceiling
                              (benchmarks/results)
  --min_gpu_over_cpu=NUMBER   fail unless every case of the GPU that the CPU has run too is so many
                              times as fast as the fastest CPU family, and there is one (0)
)";

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
  AddDeviceContext("cpu", cpu->info());
  const BenchmarkedDevice on_gpu = {.device = &gpu, .ceilings = ceilings};
  RegisterOn(ModestProblems(), on_gpu);
  RegisterOn(ModestProblems(), {.device = cpu});
  RegisterOn(LargeProblems(), on_gpu);
  RegisterOn(DecodeProblems(), on_gpu);
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
  double min_gpu_over_cpu = 0;
  std::string ceilings_folder;
  const auto exit_code = StartBenchmarks(argc, argv,
                                         {.help = kHelp,
                                          .defaults = OneSampleARepetition(kRepetitions),
                                          .numbers = {{"min_gpu_over_cpu", &min_gpu_over_cpu}},
                                          .paths = {{"ceilings", &ceilings_folder}}});
  if (exit_code) return *exit_code;
  const absl::StatusOr<CudaDevice*> gpu = BenchmarkedGpu();
  if (!gpu.ok()) return Blocked(gpu.status());
  const Ceilings* const ceilings =
      CeilingsForBenchmarks("ceilings", (*gpu)->info(), ceilings_folder);
  AddGpuContext(**gpu);
  RegisterAll(**gpu, ceilings);
  const int ran = RunBenchmarks();
  return ReportSpeedups(min_gpu_over_cpu) ? ran : 1;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
