// Ternary products on a GPU beside the dense products of cuBLAS of the same sizes, in one run.
//
// Every time is of one product among many on one stream (a graph), each with the next of so many
// copies of the weights that none is in the cache. docs/ternary.md explains the numbers.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/presets/shipped_presets.h"
#include "autotune/space/configuration.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/gpu_context.h"
#include "benchmarks/roofline/gpu_roofline.h"
#include "benchmarks/ternary/gpu_rivals.h"
#include "benchmarks/ternary/gpu_ternary_rows.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(gpu_ternary_benchmark [FLAGS]

Times ternary products on GPU cuda:0 beside cuBLAS's dense ones of the same sizes, each product among
many in one stream. Fails too if a product is wrong, or if no product was timed that a limit above
0 applies to.

  --min_over_cublas=NUMBER   fail unless products of up to 8 batch rows that share activations are
                             so many times as fast as cuBLAS in fp16 (0)
  --min_of_read=NUMBER       and move their packed weights at such a share of the read bandwidth
                             that this run measures (0)
  --min_of_rate=NUMBER       and products of 4096 batch rows reach such a share of the rate of
                             cuBLAS in the operands' type (0)
  --candidates=FILE          each row takes the fastest of these configurations, one a line, in
                             place of what was tuned
)";

constexpr int kRepetitions = 15;
constexpr int kCandidateSamples = 4;

// Seconds of every sample, by the benchmark's name.
std::map<std::string, std::vector<double>>& Samples() {
  static auto* const samples = new std::map<std::string, std::vector<double>>;
  return *samples;
}

// 0 where there are none.
double MedianSeconds(const std::string& name) {
  const auto found = Samples().find(name);
  return found == Samples().end() ? 0 : Median(found->second);
}

using MakeProducts = std::function<absl::StatusOr<std::unique_ptr<RotatedProducts>>()>;

// Kept from one repetition to the next; made when first run.
void RegisterProducts(const std::string& name, const TernaryMatmulProblem& problem,
                      MakeProducts make) {
  auto* const kept = new std::unique_ptr<RotatedProducts>;
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) {
                                 if (*kept == nullptr) {
                                   auto products = make();
                                   if (!products.ok())
                                     return FailBenchmark(state, products.status());
                                   *kept = *std::move(products);
                                 }
                                 double seconds = 0;
                                 for (auto _ : state) {
                                   const auto time = (*kept)->Sample();
                                   if (!time.ok()) return FailBenchmark(state, time.status());
                                   seconds = absl::ToDoubleSeconds(*time);
                                   state.SetIterationTime(seconds);
                                   Samples()[name].push_back(seconds);
                                 }
                                 state.SetLabel((*kept)->label());
                                 state.counters["GB/s"] =
                                     1e-9 * static_cast<double>((*kept)->weight_bytes()) / seconds;
                                 state.counters["TFLOP/s"] = 1e-12 * Flops(problem) / seconds;
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMicrosecond);
}

// What rows have in common is made once: random matrices take their time, and packed copies memory.
const TernaryMatrix& MatrixOf(const TernaryShape& shape) {
  static auto* const matrices = new std::map<std::string, TernaryMatrix>;
  const std::string key = shape.ToString();
  if (matrices->count(key) == 0) (*matrices)[key] = RandomTernaryMatrix(shape, 1);
  return matrices->at(key);
}

absl::StatusOr<std::shared_ptr<const RotatedWeights>> WeightsOf(const TernaryMatmulProblem& problem,
                                                                CudaDevice& gpu) {
  static auto* const kept = new std::map<std::string, std::shared_ptr<const RotatedWeights>>;
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulPlan plan,
                          TernaryMatmul::Plan(problem, {.device = &gpu}));
  const std::string key = absl::StrCat(problem.weights.ToString(), " ", plan.weight_layout().name);
  if (kept->count(key) == 0) {
    ATTUNE_ASSIGN_OR_RETURN(const Buffer packed, plan.PackWeights(MatrixOf(problem.weights)));
    std::vector<uint8_t> host(packed.bytes());
    ATTUNE_RETURN_IF_ERROR(gpu.CopyToHost(host.data(), packed.data(), packed.bytes()));
    ATTUNE_ASSIGN_OR_RETURN(RotatedWeights weights,
                            RotateWeights(host.data(), packed.bytes(), gpu));
    (*kept)[key] = std::make_shared<const RotatedWeights>(std::move(weights));
  }
  return kept->at(key);
}

absl::StatusOr<const TernaryCase*> CaseOf(const TernaryMatmulProblem& problem, CudaDevice& gpu) {
  static auto* const kept = new std::map<std::string, std::unique_ptr<TernaryCase>>;
  const std::string key = problem.ToString();
  if (kept->count(key) == 0) {
    ATTUNE_ASSIGN_OR_RETURN(const auto weights, WeightsOf(problem, gpu));
    // Drawn for one row: its weights are not used.
    TernaryMatmulProblem few = problem;
    few.weights.rows = 1;
    MatmulInputs inputs = DrawMatmulInputs(few, 1);
    inputs.problem = problem;
    inputs.weights = MatrixOf(problem.weights);
    ATTUNE_ASSIGN_OR_RETURN((*kept)[key], MakeTernaryCase(std::move(inputs), weights, gpu));
  }
  return kept->at(key).get();
}

// What the program was asked to compare, besides what it always does, and where.
struct Choice {
  const TuningCache* cache = nullptr;
  // Of these, each row takes the fastest; what is tuned, if there are none.
  std::vector<Configuration> candidates;
  CudaDevice* gpu = nullptr;
  CudaStream* stream = nullptr;
};

absl::StatusOr<absl::Duration> ShortestOf(int samples, RotatedProducts& products) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (int i = 0; i < samples; ++i) {
    ATTUNE_ASSIGN_OR_RETURN(const absl::Duration time, products.Sample());
    shortest = std::min(shortest, time);
  }
  return shortest;
}

absl::StatusOr<std::unique_ptr<RotatedProducts>> MakeProductsOf(const TernaryRow& row,
                                                                const Choice& choice) {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryCase* const ternary, CaseOf(row.problem, *choice.gpu));
  const bool shared = row.order == ProductOrder::kShared;
  // Candidates that lose stay: in runs that destroyed them, launches of all products, cuBLAS's too,
  // took longer from the third to the seventh of them on (H200, 2026-11-23: int8 at 4096x4096 1.24
  // to 1.3 us in place of 1.02 to 1.09), and in runs of one candidate they did not.
  static auto* const kept = new std::vector<std::unique_ptr<RotatedProducts>>;
  std::unique_ptr<RotatedProducts> fastest;
  absl::Duration least = absl::InfiniteDuration();
  for (const Configuration& candidate : choice.candidates) {
    auto products = RotatedProducts::OfAttune(*ternary, shared, choice.cache, candidate,
                                              *choice.stream, *choice.gpu);
    // Of another family, or not admitted.
    if (absl::IsInvalidArgument(products.status())) continue;
    ATTUNE_RETURN_IF_ERROR(products.status());
    ATTUNE_ASSIGN_OR_RETURN(const absl::Duration time, ShortestOf(kCandidateSamples, **products));
    std::cerr << row.name() << " " << candidate.ToString() << ": "
              << absl::StrFormat("%.2f us\n", absl::ToDoubleMicroseconds(time));
    if (time < least) {
      least = time;
      std::swap(fastest, *products);
    }
    kept->push_back(*std::move(products));
  }
  if (fastest != nullptr) return fastest;
  return RotatedProducts::OfAttune(*ternary, shared, choice.cache, std::nullopt, *choice.stream,
                                   *choice.gpu);
}

void RegisterRow(const TernaryRow& row, const Choice& choice) {
  RegisterProducts(row.name(), row.problem, [=, &choice] { return MakeProductsOf(row, choice); });
}

// Every kernel of a candidate is compiled, in as many processes as there are processors: rows would
// compile them one by one. Errors come again where the plan is used.
void CompileAhead(const std::vector<TernaryRow>& rows, const Choice& choice) {
  // What kernels differ by, of all that rows do.
  std::map<std::string, TernaryMatmulProblem> problems;
  for (const TernaryRow& row : rows) {
    const TernaryMatmulProblem& problem = row.problem;
    problems.emplace(absl::StrCat(ActivationName(problem.activation), problem.weights.group, " ",
                                  problem.batch == kLargeTernaryBatch),
                     problem);
  }
  std::vector<std::pair<TernaryMatmulProblem, Configuration>> plans;
  for (const auto& [name, problem] : problems) {
    for (const Configuration& candidate : choice.candidates) plans.emplace_back(problem, candidate);
  }
  // Threads only wait for the processes.
  ParallelFor(static_cast<int64_t>(plans.size()), 2 * AvailableThreads(), [&](int64_t i, int64_t) {
    TernaryMatmulOptions options;
    options.device = choice.gpu;
    options.configuration = plans[i].second;
    (void)TernaryMatmul::Plan(plans[i].first, options).ok();
  });
}

void RegisterAll(const std::vector<TernaryRow>& rows, const Choice& choice) {
  std::map<std::string, bool> registered;
  for (const TernaryRow& row : rows) {
    RegisterRow(row, choice);
    const std::string dense = row.dense_name();
    if (registered[dense]) continue;
    registered[dense] = true;
    RegisterProducts(dense, row.problem, [=, &choice] {
      return RotatedProducts::OfCublas(row.problem, row.dense, *choice.stream, *choice.gpu);
    });
  }
}

// Bytes per second that a kernel reads at which does nothing else; 0 if it cannot be measured.
double MeasureRead(CudaDevice& gpu) {
  for (const GpuRate& rate : GpuRates(gpu.info())) {
    if (rate.name != "read") continue;
    const auto loaded = LoadedRate::Load(rate, gpu);
    const auto stream = gpu.CreateStream();
    const auto timer = gpu.CreateTimer();
    if (!loaded.ok() || !stream.ok() || !timer.ok()) return 0;
    double best = 0;
    for (int i = 0; i < 20; ++i) {
      if (!(*timer)->Start(**stream).ok() || !loaded->Launch(**stream).ok() ||
          !(*timer)->Stop(**stream).ok()) {
        return 0;
      }
      const auto elapsed = (*timer)->Elapsed();
      if (!elapsed.ok()) return 0;
      best = std::max(best, loaded->amount() / absl::ToDoubleSeconds(*elapsed));
    }
    return best;
  }
  return 0;
}

TuningCache TunedOnThisMachine() {
  TuningCacheOptions options;
  const auto directory = DefaultCacheDirectory([](const char* name) { return std::getenv(name); });
  if (directory.ok()) options.user_directory = *directory;
  options.presets = ShippedPresets();
  return TuningCache(options);
}

// One configuration a line; none if there is no file.
absl::StatusOr<std::vector<Configuration>> ReadCandidates(const std::string& path) {
  if (path.empty()) return std::vector<Configuration>();
  ATTUNE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<Configuration> candidates;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    ATTUNE_ASSIGN_OR_RETURN(const Configuration candidate, Configuration::Parse(line));
    candidates.push_back(candidate);
  }
  return candidates;
}

int Main(int argc, char** argv) {
  TernaryLimits limits;
  std::string candidates_file;
  const auto exit_code = StartBenchmarks(argc, argv,
                                         {.help = kHelp,
                                          .defaults = OneSampleARepetition(kRepetitions),
                                          .numbers = {{"min_over_cublas", &limits.over_cublas},
                                                      {"min_of_read", &limits.of_read},
                                                      {"min_of_rate", &limits.of_rate}},
                                          .paths = {{"candidates", &candidates_file}}});
  if (exit_code) return *exit_code;
  const absl::StatusOr<std::vector<Configuration>> candidates = ReadCandidates(candidates_file);
  if (!candidates.ok()) {
    std::cerr << candidates.status().message() << "\n";
    return 1;
  }
  const absl::StatusOr<CudaDevice*> gpu = BenchmarkedGpu();
  if (!gpu.ok()) return Blocked(gpu.status());
  AddGpuContext(**gpu);
  const double read = MeasureRead(**gpu);
  benchmark::AddCustomContext("read_bandwidth", absl::StrFormat("%.1f GB/s", read * 1e-9));
  const TuningCache cache = TunedOnThisMachine();
  const std::vector<TernaryRow> rows = TernaryRows();
  const auto stream = CudaStream::Create((*gpu)->context());
  if (!stream.ok()) {
    std::cerr << stream.status().message() << "\n";
    return 1;
  }
  const Choice choice = {
      .cache = &cache, .candidates = *candidates, .gpu = *gpu, .stream = stream->get()};
  if (!choice.candidates.empty()) {
    benchmark::AddCustomContext(
        "configurations", absl::StrCat("of each row the fastest of ", choice.candidates.size(),
                                       ", by samples before those of the results"));
  }
  CompileAhead(rows, choice);
  RegisterAll(rows, choice);
  const int ran = RunBenchmarks();
  const TernaryReport report = ReportTernaryRows(rows, MedianSeconds, read, limits);
  std::cerr << "\n" << report.table;
  return report.kept ? ran : 1;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  return attune::Main(argc, argv);
}
