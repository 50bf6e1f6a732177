// The ceilings that kernels are held against, measured: of the CPU its multiply-adds, where it has
// tiles their products of bf16, and memory; of a GPU the rate of matrix products for each kind of
// instruction and operand, multiply-adds, exponentials, and memory. Without a GPU the CPU's alone.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/partitioner.h>
#include <oneapi/tbb/task_arena.h>

#include <cstring>
#include <functional>
#include <iostream>
#include <vector>

#include "attention/cpu/tile_kernel.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/roofline/cpu_roofline.h"
#include "benchmarks/roofline/cpu_tile_rate.h"
#include "benchmarks/roofline/gpu_registration.h"
#include "benchmarks/run_context.h"
#include "device/cpu/cpu_device.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(roofline_benchmark [FLAGS]

Times what this machine can do at most: of the CPU multiply-adds, tile products where it has them,
reading and copying; of GPU cuda:0, where there is one, matrix products for each kind of instruction
and operand, multiply-adds, exponentials, and memory. The best repetition is the ceiling.
)";

constexpr int kRepetitions = 9;
constexpr int64_t kMultiplyAddRounds = 20'000'000;
constexpr int64_t kTileRounds = 1'000'000;
// Beyond every cache that a CPU has to itself; virtual machines show the whole host's.
constexpr int64_t kFloats = int64_t{1} << 28;

// Calls `work` once in each thread, with the thread's part of `count`.
void InEveryThread(int64_t count, const std::function<void(int64_t begin, int64_t end)>& work) {
  const int threads = oneapi::tbb::this_task_arena::max_concurrency();
  oneapi::tbb::parallel_for(
      0, threads,
      [&](int thread) { work(count * thread / threads, count * (thread + 1) / threads); },
      oneapi::tbb::static_partitioner());
}

// Of an iteration.
void SetOperations(benchmark::State& state, double operations) {
  state.counters["TFLOP/s"] = benchmark::Counter(
      1e-12 * operations * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void CpuMultiplyAdds(benchmark::State& state) {
  const int threads = oneapi::tbb::this_task_arena::max_concurrency();
  for (auto _ : state) {
    InEveryThread(threads, [](int64_t, int64_t) {
      benchmark::DoNotOptimize(MultiplyAdds(kMultiplyAddRounds));
    });
  }
  SetOperations(state, static_cast<double>(OperationsPerRound()) * kMultiplyAddRounds * threads);
}

void CpuTileProducts(benchmark::State& state) {
  const absl::Status enabled = EnableTileProducts();
  if (!enabled.ok()) return FailBenchmark(state, enabled);
  const int threads = oneapi::tbb::this_task_arena::max_concurrency();
  for (auto _ : state) {
    InEveryThread(threads, [](int64_t, int64_t) {
      const TileScope scope;
      benchmark::DoNotOptimize(TileProducts(kTileRounds));
    });
  }
  SetOperations(state, static_cast<double>(TileOperationsPerRound()) * kTileRounds * threads);
}

void SetBandwidth(benchmark::State& state, double bytes) {
  state.counters["GB/s"] = benchmark::Counter(
      1e-9 * bytes * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void CpuRead(benchmark::State& state) {
  const std::vector<float> values(kFloats, 1.0f);
  for (auto _ : state) {
    InEveryThread(kFloats, [&](int64_t begin, int64_t end) {
      benchmark::DoNotOptimize(Sum(absl::MakeConstSpan(values).subspan(begin, end - begin)));
    });
  }
  SetBandwidth(state, sizeof(float) * static_cast<double>(kFloats));
}

void CpuCopy(benchmark::State& state) {
  const std::vector<float> from(kFloats, 1.0f);
  std::vector<float> to(kFloats);
  for (auto _ : state) {
    InEveryThread(kFloats, [&](int64_t begin, int64_t end) {
      std::memcpy(to.data() + begin, from.data() + begin, (end - begin) * sizeof(float));
    });
    benchmark::ClobberMemory();
  }
  SetBandwidth(state, 2.0 * sizeof(float) * static_cast<double>(kFloats));
}

template <typename Function>
void Register(const char* name, Function function) {
  benchmark::RegisterBenchmark(name, function)->UseRealTime()->Unit(benchmark::kMillisecond);
}

int Main(int argc, char** argv) {
  const auto exit_code =
      StartBenchmarks(argc, argv, {.help = kHelp, .defaults = OneSampleARepetition(kRepetitions)});
  if (exit_code) return *exit_code;
  AddDeviceContext("cpu", CpuDevice().info());
  Register("roofline/cpu/fma/fp32", CpuMultiplyAdds);
  if (HasTileProducts()) Register("roofline/cpu/matrix/bf16/tiles", CpuTileProducts);
  Register("roofline/cpu/read", CpuRead);
  Register("roofline/cpu/copy", CpuCopy);
  const absl::Status gpu = RegisterGpuRoofline();
  if (!gpu.ok()) std::cerr << "no GPU's roofline: " << gpu.message() << "\n";
  return RunBenchmarks();
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
