// What the CPU families reach, beside OpenBLAS: its matrix product alone, and attention made of two
// of them with a softmax in between. All with the same number of threads, ATTUNE_BENCHMARK_THREADS
// or else all.
//
// Machines that do other work besides give ratios rather than rates: run with
//   --benchmark_enable_random_interleaving=true --benchmark_repetitions=5
// and compare medians.
#include <benchmark/benchmark.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#include <openblas-pthread/cblas.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "attention/cpu/cpu_backward_family.h"
#include "attention/cpu/cpu_forward_family.h"
#include "attention/problem.h"
#include "device/cpu/cpu_device.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr int kDim = 128;

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

// Every benchmark sets the same counters, as the CSV reporter wants it.
void SetCounters(benchmark::State& state, double operations, int64_t workspace_bytes) {
  state.counters["TFLOP/s"] = benchmark::Counter(
      operations * 1e-12 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["workspace_MiB"] = static_cast<double>(workspace_bytes) / (1 << 20);
}

class Tensors {
 public:
  explicit Tensors(const Problem& problem) : problem_(problem) {
    const int64_t extents[] = {QueryExtent(problem), KeyExtent(problem),  ValueExtent(problem),
                               OutExtent(problem),   OutExtent(problem),  QueryExtent(problem),
                               KeyExtent(problem),   ValueExtent(problem)};
    for (const int64_t extent : extents) {
      std::vector<char>& data = data_.emplace_back(extent * DtypeBytes(problem.dtype));
      FillNormal(data_.size(), problem.dtype, data.data(), extent);
    }
    log_sum_exp_.resize(LogSumExpExtent(problem));
  }

  ForwardTensors forward() {
    return {.query = data_[0].data(),
            .key = data_[1].data(),
            .value = data_[2].data(),
            .out = data_[3].data(),
            .log_sum_exp = log_sum_exp_.data()};
  }
  BackwardTensors backward() {
    return {.query = data_[0].data(),
            .key = data_[1].data(),
            .value = data_[2].data(),
            .out = data_[3].data(),
            .log_sum_exp = log_sum_exp_.data(),
            .d_out = data_[4].data(),
            .d_query = data_[5].data(),
            .d_key = data_[6].data(),
            .d_value = data_[7].data()};
  }

 private:
  Problem problem_;
  std::vector<std::vector<char>> data_;
  std::vector<float> log_sum_exp_;
};

void RunKernel(benchmark::State& state, const AttentionFamily& family, const Problem& problem,
               const Configuration& configuration, const AttentionTensors& tensors) {
  CpuDevice device;
  const auto kernel = family.Prepare(problem, configuration, device);
  if (!kernel.ok()) return state.SkipWithError(kernel.status().ToString().c_str());
  const auto workspace = device.Allocate(std::max<int64_t>(1, (*kernel)->workspace_bytes()));
  if (!workspace.ok()) return state.SkipWithError(workspace.status().ToString().c_str());
  const auto stream = device.CreateStream();
  if (!stream.ok()) return state.SkipWithError(stream.status().ToString().c_str());
  for (auto _ : state) {
    const absl::Status status = (*kernel)->Run(tensors, workspace->data(), **stream);
    if (!status.ok()) return state.SkipWithError(status.ToString().c_str());
  }
  SetCounters(state, Flops(problem, family.direction()), workspace->bytes());
}

// The default configuration but for `changes`.
Configuration Changed(const AttentionFamily& family,
                      const std::vector<Configuration::Entry>& changes) {
  std::vector<Configuration::Entry> entries = family.space().Default().entries();
  for (Configuration::Entry& entry : entries) {
    for (const Configuration::Entry& change : changes) {
      if (entry.first == change.first) entry.second = change.second;
    }
  }
  return Configuration(entries);
}

void Forward(benchmark::State& state, const Problem& problem,
             const std::vector<Configuration::Entry>& changes = {}) {
  const CpuForwardFamily family;
  Tensors tensors(problem);
  RunKernel(state, family, problem, Changed(family, changes), tensors.forward());
}

void Backward(benchmark::State& state, const Problem& problem, int64_t passes) {
  const CpuBackwardFamily family;
  Tensors tensors(problem);
  RunKernel(state, family, problem, Changed(family, {{"passes", passes}}), tensors.backward());
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
  SetCounters(state, 2.0 * static_cast<double>(count) * size, 0);
}

void SoftmaxInPlace(float* row, int64_t count) {
  const float maximum = *std::max_element(row, row + count);
  float sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    row[i] = std::exp(row[i] - maximum);
    sum += row[i];
  }
  for (int64_t i = 0; i < count; ++i) row[i] /= sum;
}

// Scores of a whole head in memory, as an engine without a fused kernel computes attention.
void OpenblasAttention(benchmark::State& state, const Problem& problem) {
  Tensors tensors(problem);
  const ForwardTensors forward = tensors.forward();
  const int length = static_cast<int>(problem.q_len);
  std::vector<float> scores(problem.q_len * problem.q_len);
  const float scale = static_cast<float>(SoftmaxScale(problem));
  for (auto _ : state) {
    for (int64_t head = 0; head < problem.q_heads; ++head) {
      const int64_t start = head * problem.q_len * kDim;
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, length, length, kDim, scale,
                  static_cast<const float*>(forward.query) + start, kDim,
                  static_cast<const float*>(forward.key) + start, kDim, 0, scores.data(), length);
      oneapi::tbb::parallel_for(int64_t{0}, problem.q_len, [&](int64_t row) {
        SoftmaxInPlace(scores.data() + row * length, length);
      });
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, length, kDim, length, 1, scores.data(),
                  length, static_cast<const float*>(forward.value) + start, kDim, 0,
                  static_cast<float*>(forward.out) + start, kDim);
    }
  }
  SetCounters(state, Flops(problem, Direction::kForward),
              static_cast<int64_t>(scores.size() * sizeof(float)));
}

// One new query row for each of the heads, a cache of keys and values before it.
Problem DecodeProblem(Dtype dtype) {
  Problem problem = MakeProblem(dtype, 8, 2048, Mask::Causal());
  problem.batch = 4;
  problem.kv_heads = 2;
  problem.q_len = 1;
  return problem;
}

template <class Function>
void Register(const std::string& name, Function function) {
  benchmark::RegisterBenchmark(name.c_str(), function)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

void RegisterForward(const std::string& suffix, const Problem& problem) {
  Register("cpu_forward" + suffix, [=](benchmark::State& s) { Forward(s, problem); });
  if (problem.dtype != Dtype::kBfloat16) return;
  for (const int64_t key_tile : {192, 384}) {
    Register("cpu_forward/bf16_products/key_tile:" + std::to_string(key_tile) + suffix,
             [=](benchmark::State& s) {
               Forward(s, problem, {{"bf16_products", 1}, {"key_tile", key_tile}});
             });
  }
}

void RegisterAll() {
  Register("openblas_product/4096", [](benchmark::State& s) { OpenblasProduct(s, 4096); });
  const Problem large = MakeProblem(Dtype::kFloat32, 16, 4096, Mask::Full());
  Register("openblas_attention/fp32/16x4096/full",
           [=](benchmark::State& s) { OpenblasAttention(s, large); });
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kBfloat16}) {
    RegisterForward("/" + std::string(DtypeName(dtype)) + "/decode_4x8/2_2048",
                    DecodeProblem(dtype));
    for (const int64_t length : {512, 4096}) {
      for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
        const Problem problem = MakeProblem(dtype, 16, length, mask);
        const std::string suffix = "/" + std::string(DtypeName(dtype)) + "/16x" +
                                   std::to_string(length) + "/" + mask.ToString();
        RegisterForward(suffix, problem);
        if (length > 512 && dtype != Dtype::kFloat32) continue;
        for (const int64_t passes : {1, 2}) {
          Register("cpu_backward/passes:" + std::to_string(passes) + suffix,
                   [=](benchmark::State& s) { Backward(s, problem, passes); });
        }
      }
    }
  }
}

int ThreadCount() {
  const char* text = std::getenv("ATTUNE_BENCHMARK_THREADS");
  const int wanted = text == nullptr ? 0 : std::atoi(text);
  return wanted > 0 ? wanted : oneapi::tbb::this_task_arena::max_concurrency();
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const int threads = attune::ThreadCount();
  const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism,
                                          threads);
  openblas_set_num_threads(threads);
  benchmark::AddCustomContext("threads", std::to_string(threads));
  benchmark::AddCustomContext("openblas_core", openblas_get_corename());
  attune::RegisterAll();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
