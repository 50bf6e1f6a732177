// Ternary products on the CPU beside OpenBLAS's dense ones, and the quantizer.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/ternary/matmul_problem.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/run_context.h"
#include "benchmarks/ternary/cpu_ternary_report.h"
#include "benchmarks/ternary/rival_times.h"
#include "benchmarks/ternary/ternary_subjects.h"
#include "benchmarks/thread_limit.h"
#include "device/cpu/cpu_device.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(cpu_ternary_benchmark [FLAGS]

Times ternary products on the CPU beside OpenBLAS's dense ones, interleaved, and the quantizer. All
use the same threads.

  --min_over_sgemv=NUMBER          fail unless each fp32 product at batch 1 that both ran is so many
                                   times as fast as OpenBLAS's sgemv, and there is one (0)
  --max_quantizer_seconds=NUMBER   fail unless the quantizer ran and took at most so long; 0 is no
                                   limit (0)
  $ATTUNE_BENCHMARK_THREADS        how many threads (all)
)";

constexpr int kRepetitions = 9;

using MakeSubject = std::function<absl::StatusOr<TernarySubject>()>;

CpuDevice& Cpu() {
  static auto* const device = new CpuDevice;
  return *device;
}

RivalTimes& Times() {
  static auto* const times = new RivalTimes;
  return *times;
}

// One run a sample, on caches without what earlier runs left.
absl::StatusOr<double> Sample(const TernarySubject& subject) {
  const std::unique_ptr<Stream> stream = *Cpu().CreateStream();
  const absl::Status flushed = Cpu().FlushCaches(*stream);
  if (!flushed.ok()) return flushed;
  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = subject.run();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  if (!status.ok()) return status;
  return elapsed.count();
}

struct Case {
  std::string problem;
  std::string rival;
  MakeSubject make;
  double operations = 0;
  double bytes = 0;
};

void Run(benchmark::State& state, const Case& timed, std::shared_ptr<TernarySubject>& subject) {
  if (subject == nullptr) {
    absl::StatusOr<TernarySubject> made = timed.make();
    if (!made.ok()) return FailBenchmark(state, made.status());
    subject = std::make_shared<TernarySubject>(*std::move(made));
    if (const absl::Status warm = subject->run(); !warm.ok()) return FailBenchmark(state, warm);
  }
  for (auto _ : state) {
    const absl::StatusOr<double> seconds = Sample(*subject);
    if (!seconds.ok()) return FailBenchmark(state, seconds.status());
    state.SetIterationTime(*seconds);
    Times().Add(timed.problem, timed.rival, *seconds);
    if (timed.operations > 0) state.counters["TFLOP/s"] = timed.operations * 1e-12 / *seconds;
    state.counters["GB/s"] = timed.bytes * 1e-9 / *seconds;
  }
  state.SetLabel(subject->label);
}

void Register(const Case& timed) {
  const auto subject = std::make_shared<std::shared_ptr<TernarySubject>>();
  benchmark::RegisterBenchmark(
      absl::StrCat(timed.problem, "/", timed.rival).c_str(),
      [timed, subject](benchmark::State& state) { Run(state, timed, *subject); })
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
}

void RegisterProduct(const TernaryMatmulProblem& problem) {
  const TernaryShape& shape = problem.weights;
  const std::string name =
      absl::StrCat(kTernaryMatmul, "/", ActivationName(problem.activation), "/m:", problem.batch,
                   "/n:", shape.rows, "/k:", shape.columns);
  Register({.problem = name,
            .rival = kCpuTernaryMatmul,
            .make = [=] { return MatmulSubject(problem, Cpu()); },
            .operations = Flops(problem),
            .bytes = static_cast<double>(BytesMoved(problem))});
  if (problem.activation != Activation::kFloat32) return;
  const double dense_bytes =
      4.0 * static_cast<double>(shape.rows * shape.columns +
                                problem.batch * (shape.rows + shape.columns));
  Register({.problem = name,
            .rival = kOpenblas,
            .make = [=]() -> absl::StatusOr<TernarySubject> { return OpenblasSubject(problem); },
            .operations = Flops(problem),
            .bytes = dense_bytes});
}

void RegisterQuantizer(int64_t rows, int64_t columns, int64_t group) {
  Register(
      {.problem = absl::StrCat("ternary_quantize/fp32/group:", group, "/n:", rows, "/k:", columns),
       .rival = kQuantizer,
       .make = [=]() -> absl::StatusOr<TernarySubject> {
         return QuantizerSubject(rows, columns, group);
       },
       .bytes = 4.0 * static_cast<double>(rows * columns)});
}

void RegisterAll() {
  const std::pair<int64_t, int64_t> shapes[] = {{4096, 4096}, {4096, 14336}, {8192, 28672}};
  for (const auto& [rows, columns] : shapes) {
    for (const int64_t batch : {1, 8}) {
      for (const Activation activation : {Activation::kFloat32, Activation::kInt8}) {
        RegisterProduct({.batch = batch,
                         .weights = {.rows = rows, .columns = columns},
                         .activation = activation});
      }
    }
  }
  RegisterProduct({.batch = 256, .weights = {.rows = 4096, .columns = 4096}});
  RegisterQuantizer(8192, 28672, 0);
  RegisterQuantizer(8192, 28672, 128);
}

int Main(int argc, char** argv) {
  std::vector<std::string> defaults = OneSampleARepetition(kRepetitions);
  defaults.push_back("--benchmark_enable_random_interleaving=true");
  CpuTernaryLimits limits;
  const auto exit_code =
      StartBenchmarks(argc, argv,
                      {.help = kHelp,
                       .defaults = defaults,
                       .numbers = {{"min_over_sgemv", &limits.min_over_sgemv},
                                   {"max_quantizer_seconds", &limits.max_quantizer_seconds}}});
  if (exit_code) return *exit_code;
  const absl::StatusOr<int> threads = BenchmarkThreads(std::getenv("ATTUNE_BENCHMARK_THREADS"));
  if (!threads.ok()) {
    std::cerr << threads.status().message() << "\n";
    return 1;
  }
  const ThreadLimit limit(*threads);
  AddDeviceContext("device", Cpu().info());
  RegisterAll();
  const int ran = RunBenchmarks();
  const CpuTernaryReport report = ReportCpuTernary(Times(), limits);
  std::cout << report.text;
  std::cerr << report.missed;
  return report.missed.empty() ? ran : 1;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
