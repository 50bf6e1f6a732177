// What the CPU families reach, beside OpenBLAS: its matrix product alone, and attention made of two
// of them with a softmax in between.
#include <benchmark/benchmark.h>
#include <openblas-pthread/cblas.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "attention/families.h"
#include "attention/tuning/device_tensors.h"
#include "benchmarks/attention_benchmark.h"
#include "benchmarks/attention_problems.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/ceilings.h"
#include "benchmarks/openblas_attention.h"
#include "benchmarks/run_context.h"
#include "benchmarks/thread_limit.h"
#include "device/cpu/cpu_device.h"
#include "numerics/random.h"
#include "operators/changed_configuration.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(cpu_attention_benchmark [FLAGS]

Times attention on the CPU: each family, forward, backward and decode, beside OpenBLAS's matrix
product and attention made of two of them with a softmax in between. All use the same threads.

A machine that does other work besides gives ratios rather than rates: compare medians of
interleaved runs, --benchmark_enable_random_interleaving=true.

  --ceilings=FOLDER           the results that have this machine's roofline, for the counter
                              of_ceiling (benchmarks/results)
  $ATTUNE_BENCHMARK_THREADS   how many threads (all)
)";

constexpr int kRepetitions = 7;
constexpr int64_t kDim = 128;

// Never destroyed: benchmarks refer to it until the program ends.
CpuDevice& Cpu() {
  static auto* const device = new CpuDevice;
  return *device;
}

Problem MakeProblem(Dtype dtype, int64_t heads, int64_t length, const Mask& mask) {
  Problem problem;
  problem.dtype = dtype;
  problem.q_heads = problem.kv_heads = heads;
  problem.q_len = problem.kv_len = length;
  problem.qk_dim = problem.v_dim = kDim;
  problem.mask = mask;
  problem.layout = Layout::kBatchHeadLength;
  return problem;
}

void SetRate(benchmark::State& state, double operations) {
  state.counters["TFLOP/s"] = benchmark::Counter(
      operations * 1e-12 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

// The matrix product that bounds what can be expected: C = A B, all of `size` squared.
void OpenblasProduct(benchmark::State& state, int size) {
  const int64_t count = int64_t{size} * size;
  std::vector<float> a(count), b(count), c(count);
  FillNormal(1, Dtype::kFloat32, a.data(), count);
  FillNormal(2, Dtype::kFloat32, b.data(), count);
  for (auto _ : state) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a.data(), size,
                b.data(), size, 0, c.data(), size);
  }
  SetRate(state, 2.0 * static_cast<double>(count) * size);
}

void RunOpenblasAttention(benchmark::State& state, const Problem& problem) {
  const auto tensors = DeviceTensors::Create(problem, Direction::kForward, Cpu(), 1);
  if (!tensors.ok()) return FailBenchmark(state, tensors.status());
  OpenblasAttention attention(problem);
  for (auto _ : state) attention.Run(std::get<ForwardTensors>(tensors->Bind()));
  SetRate(state, Flops(problem, Direction::kForward));
}

template <class Function>
void RegisterBaseline(const std::string& name, Function function) {
  benchmark::RegisterBenchmark(name.c_str(), function)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

// With the ceilings that Main finds.
BenchmarkedDevice& OnCpu() {
  static auto* const on = new BenchmarkedDevice{.device = &Cpu()};
  return *on;
}

// The default configuration but for `changes`, which also name the variant.
void RegisterChanged(const AttentionFamily& family, const Problem& problem,
                     const std::vector<Configuration::Entry>& changes) {
  RegisterAttentionBenchmark({.problem = problem,
                              .family = &family,
                              .configuration = Changed(family.space().Default(), changes),
                              .variant = Configuration(changes).ToString()},
                             OnCpu());
}

// What every family does by default, and of Attune's own what is worth a look besides.
void Register(const Problem& problem, Direction direction) {
  for (const AttentionFamily* family : OfDirection(AttentionFamilies(), direction)) {
    if (!family->Supports(problem, Cpu().info()).ok()) continue;
    RegisterChanged(*family, problem, {});
    if (family->name() == "cpu_backward") RegisterChanged(*family, problem, {{"passes", 1}});
    if (family->name() != "cpu_forward" || problem.dtype != Dtype::kBfloat16) continue;
    for (const int64_t key_tile : {192, 384}) {
      RegisterChanged(*family, problem, {{"bf16_products", 1}, {"key_tile", key_tile}});
    }
  }
}

void RegisterAll() {
  RegisterBaseline("openblas_product/4096", [](benchmark::State& s) { OpenblasProduct(s, 4096); });
  const Problem large = MakeProblem(Dtype::kFloat32, 16, 4096, Mask::Full());
  RegisterBaseline(ProblemName(large, Direction::kForward) + "/openblas",
                   [=](benchmark::State& s) { RunOpenblasAttention(s, large); });
  for (Problem problem : ModestDecodeProblems()) {
    problem.layout = Layout::kBatchHeadLength;
    Register(problem, Direction::kForward);
  }
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kBfloat16}) {
    for (const int64_t length : {512, 4096}) {
      for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
        const Problem problem = MakeProblem(dtype, 16, length, mask);
        Register(problem, Direction::kForward);
        if (length > 512 && dtype != Dtype::kFloat32) continue;
        Register(problem, Direction::kBackward);
      }
    }
  }
}

int Main(int argc, char** argv) {
  std::string ceilings_folder;
  const auto exit_code = StartBenchmarks(argc, argv,
                                         {.help = kHelp,
                                          .defaults = OneSampleARepetition(kRepetitions),
                                          .paths = {{"ceilings", &ceilings_folder}}});
  if (exit_code) return *exit_code;
  const absl::StatusOr<int> threads = BenchmarkThreads(std::getenv("ATTUNE_BENCHMARK_THREADS"));
  if (!threads.ok()) {
    std::cerr << threads.status().message() << "\n";
    return 1;
  }
  // Ceilings are those of all threads.
  const Ceilings* const ceilings = CeilingsForBenchmarks("ceilings", Cpu().info(), ceilings_folder);
  if (*threads == Cpu().info().Attribute("threads")) OnCpu().ceilings = ceilings;
  const ThreadLimit limit(*threads);
  AddDeviceContext("device", Cpu().info());
  RegisterAll();
  return RunBenchmarks();
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
