// Ternary products on a GPU beside the dense products of cuBLAS of the same sizes, in one run.
//
// Every time is of one product among many on one stream (a graph), each with the next of so many
// copies of the weights that none is in the cache. docs/ternary.md explains the numbers.
//
//   --min_over_cublas=5     exits with 1 if a product of up to 8 batch rows, in a stream of such
//   that
//                           share activations, is less than so many times as fast as cuBLAS in fp16
//   --min_of_read=0.7       or moves its packed weights at less than such a share of the read
//                           bandwidth that this run measures
//   --min_of_rate=0.6       or a product of 4096 batch rows reaches less than such a share of the
//                           rate of cuBLAS in the operands' type
//   --candidates=FILE       lets each row take the fastest of these configurations, one a line,
//                           whatever was tuned
//
// Exits with 1 if a product is wrong or could not be run. Prints BLOCKED and exits with 2 where
// there is no GPU.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "autotune/configuration.h"
#include "autotune/presets/shipped_presets.h"
#include "autotune/tuning_cache.h"
#include "base/file.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "base/worker/worker_program.h"
#include "benchmarks/gpu_context.h"
#include "benchmarks/roofline/gpu_roofline.h"
#include "benchmarks/run_context.h"
#include "benchmarks/ternary/gpu_rivals.h"

namespace attune {
namespace {

constexpr int kRepetitions = 15;
constexpr int kCandidateSamples = 4;
constexpr int64_t kLargeBatch = 4096;
constexpr int64_t kSmallBatches[] = {1, 2, 4, 8};
constexpr TernaryShape kShapes[] = {{.rows = 4096, .columns = 4096},
                                    {.rows = 4096, .columns = 14336},
                                    {.rows = 8192, .columns = 28672}};

struct Limits {
  double over_cublas = 0;
  double of_read = 0;
  double of_rate = 0;
};

// Seconds of every sample, by the benchmark's name.
std::map<std::string, std::vector<double>>& Samples() {
  static auto* const samples = new std::map<std::string, std::vector<double>>;
  return *samples;
}

int& Failures() {
  static int failures = 0;
  return failures;
}

double Median(const std::string& name) {
  const auto found = Samples().find(name);
  if (found == Samples().end()) return 0;
  std::vector<double> sorted = found->second;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

void Fail(benchmark::State& state, const absl::Status& status) {
  ++Failures();
  state.SkipWithError(status.ToString().c_str());
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
                                   if (!products.ok()) return Fail(state, products.status());
                                   *kept = *std::move(products);
                                 }
                                 double seconds = 0;
                                 for (auto _ : state) {
                                   const auto time = (*kept)->Sample();
                                   if (!time.ok()) return Fail(state, time.status());
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

// As docs/benchmarks.md has names: activations, sizes, rival and variant.
std::string NameOf(const TernaryMatmulProblem& problem, absl::string_view rival) {
  return absl::StrCat(
      "ternary_matmul/", ActivationName(problem.activation), "/m:", problem.batch,
      "/n:", problem.weights.rows, "/k:", problem.weights.columns,
      problem.weights.group != 0 ? absl::StrCat("/group:", problem.weights.group) : "", "/", rival);
}

// The rival of all products of a shape and batch, whatever their activations: so it has a name of
// its own.
std::string DenseNameOf(const TernaryMatmulProblem& problem, DenseType type) {
  return absl::StrCat("dense_matmul/", DenseTypeName(type), "/m:", problem.batch,
                      "/n:", problem.weights.rows, "/k:", problem.weights.columns, "/cublas");
}

// Each product waits for the one before it, as in a chain of layers; or all share activations, as
// q, k and v do, and may overlap.
enum class Order { kWaiting, kShared };

struct Row {
  TernaryMatmulProblem problem;
  DenseType dense;
  Order order = Order::kWaiting;

  std::string name() const {
    return NameOf(problem,
                  order == Order::kShared ? "attune/shared_activations" : "attune/waiting");
  }
};

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

// What the program was asked to compare, besides what it always does.
struct Choice {
  const TuningCache* cache = nullptr;
  // Of these, each row takes the fastest; what is tuned, if there are none.
  std::vector<Configuration> candidates;
};

std::string Fixed(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

absl::StatusOr<absl::Duration> ShortestOf(int samples, RotatedProducts& products) {
  absl::Duration shortest = absl::InfiniteDuration();
  for (int i = 0; i < samples; ++i) {
    ATTUNE_ASSIGN_OR_RETURN(const absl::Duration time, products.Sample());
    shortest = std::min(shortest, time);
  }
  return shortest;
}

absl::StatusOr<std::unique_ptr<RotatedProducts>> MakeProductsOf(const Row& row,
                                                                const Choice& choice,
                                                                CudaDevice& gpu) {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryCase* const ternary, CaseOf(row.problem, gpu));
  const bool shared = row.order == Order::kShared;
  std::unique_ptr<RotatedProducts> fastest;
  absl::Duration least = absl::InfiniteDuration();
  for (const Configuration& candidate : choice.candidates) {
    auto products = RotatedProducts::OfAttune(*ternary, shared, choice.cache, candidate, gpu);
    // Of another family, or not admitted.
    if (absl::IsInvalidArgument(products.status())) continue;
    ATTUNE_RETURN_IF_ERROR(products.status());
    ATTUNE_ASSIGN_OR_RETURN(const absl::Duration time, ShortestOf(kCandidateSamples, **products));
    std::cerr << row.name() << " " << candidate.ToString() << ": "
              << Fixed(absl::ToDoubleMicroseconds(time), 2) << " us\n";
    if (time >= least) continue;
    least = time;
    fastest = *std::move(products);
  }
  if (fastest != nullptr) return fastest;
  return RotatedProducts::OfAttune(*ternary, shared, choice.cache, std::nullopt, gpu);
}

void RegisterRow(const Row& row, const Choice& choice, CudaDevice& gpu) {
  RegisterProducts(row.name(), row.problem,
                   [=, &choice, &gpu] { return MakeProductsOf(row, choice, gpu); });
}

std::vector<Row> Rows() {
  std::vector<Row> rows;
  for (const TernaryShape& shape : kShapes) {
    for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
      TernaryMatmulProblem problem{
          .weights = shape, .activation = activation, .output = Dtype::kBfloat16};
      for (const int64_t batch : kSmallBatches) {
        problem.batch = batch;
        rows.push_back({problem, DenseType::kFloat16});
        rows.push_back({problem, DenseType::kFloat16, Order::kShared});
      }
      problem.weights.group = 128;
      rows.push_back({problem, DenseType::kFloat16, Order::kShared});
      problem.batch = kLargeBatch;
      const DenseType same =
          activation == Activation::kInt8 ? DenseType::kInt8 : DenseType::kBfloat16;
      rows.push_back({problem, same});
      problem.weights.group = 0;
      rows.push_back({problem, same});
    }
  }
  return rows;
}

// Every kernel of a candidate is compiled, in as many processes as there are processors: rows would
// compile them one by one. Errors come again where the plan is used.
void CompileAhead(const std::vector<Row>& rows, const Choice& choice, CudaDevice& gpu) {
  // What kernels differ by, of all that rows do.
  std::map<std::string, TernaryMatmulProblem> problems;
  for (const Row& row : rows) {
    const TernaryMatmulProblem& problem = row.problem;
    problems.emplace(absl::StrCat(ActivationName(problem.activation), problem.weights.group, " ",
                                  problem.batch == kLargeBatch),
                     problem);
  }
  std::vector<std::pair<TernaryMatmulProblem, Configuration>> plans;
  for (const auto& [name, problem] : problems) {
    for (const Configuration& candidate : choice.candidates) plans.emplace_back(problem, candidate);
  }
  // Threads only wait for the processes.
  ParallelFor(static_cast<int64_t>(plans.size()), 2 * AvailableThreads(), [&](int64_t i, int64_t) {
    TernaryMatmulOptions options;
    options.device = &gpu;
    options.configuration = plans[i].second;
    (void)TernaryMatmul::Plan(plans[i].first, options).ok();
  });
}

void RegisterAll(const std::vector<Row>& rows, const Choice& choice, CudaDevice& gpu) {
  std::map<std::string, bool> registered;
  for (const Row& row : rows) {
    RegisterRow(row, choice, gpu);
    const std::string dense = DenseNameOf(row.problem, row.dense);
    if (registered[dense]) continue;
    registered[dense] = true;
    RegisterProducts(dense, row.problem,
                     [=, &gpu] { return RotatedProducts::OfCublas(row.problem, row.dense, gpu); });
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

// The table, and whether every row keeps the limits.
bool Report(const std::vector<Row>& rows, double read, const Limits& limits) {
  bool kept = true;
  std::vector<std::vector<std::string>> table;
  for (const Row& row : rows) {
    const double seconds = Median(row.name());
    const double dense = Median(DenseNameOf(row.problem, row.dense));
    if (seconds == 0 || dense == 0) continue;
    const double bytes = static_cast<double>(TernaryBytes(row.problem.weights)) / seconds;
    const bool large = row.problem.batch == kLargeBatch;
    const double of_read = read > 0 ? bytes / read : 0;
    // Of a product that waits, latency is a part that no kernel can hide: reported, not limited.
    const bool limited = large || row.order == Order::kShared;
    const bool fast = large ? dense / seconds >= limits.of_rate
                            : dense / seconds >= limits.over_cublas && of_read >= limits.of_read;
    const bool ok = fast || !limited;
    kept = kept && ok;
    table.push_back({row.name(), Fixed(seconds * 1e6, 2), Fixed(bytes * 1e-9, 0), Fixed(of_read, 2),
                     Fixed(Flops(row.problem) / seconds * 1e-12, 0), Fixed(dense * 1e6, 2),
                     Fixed(dense / seconds, 2), ok ? "" : "MISSED"});
  }
  std::cerr << "\nread bandwidth: " << Fixed(read * 1e-9, 0) << " GB/s\n"
            << FormatTable({{"product"},
                            {"us", Align::kRight},
                            {"GB/s", Align::kRight},
                            {"of read", Align::kRight},
                            {"TFLOP/s", Align::kRight},
                            {"cuBLAS us", Align::kRight},
                            {"times as fast", Align::kRight},
                            {""}},
                           table);
  return kept;
}

TuningCache TunedOnThisMachine() {
  TuningCacheOptions options;
  const auto directory = DefaultCacheDirectory([](const char* name) { return std::getenv(name); });
  if (directory.ok()) options.user_directory = *directory;
  options.presets = ShippedPresets();
  return TuningCache(options);
}

struct Arguments {
  Limits limits;
  std::vector<Configuration> candidates;
};

// One configuration a line.
absl::StatusOr<std::vector<Configuration>> ReadCandidates(const std::string& path) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<Configuration> candidates;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    ATTUNE_ASSIGN_OR_RETURN(const Configuration candidate, Configuration::Parse(line));
    candidates.push_back(candidate);
  }
  return candidates;
}

absl::StatusOr<Arguments> Parse(const std::vector<std::string>& texts) {
  Arguments arguments;
  for (absl::string_view text : texts) {
    const std::string whole(text);
    const auto number = [&](absl::string_view flag, double& value) {
      return absl::ConsumePrefix(&text, flag) && absl::SimpleAtod(text, &value);
    };
    if (number("--min_over_cublas=", arguments.limits.over_cublas) ||
        number("--min_of_read=", arguments.limits.of_read) ||
        number("--min_of_rate=", arguments.limits.of_rate)) {
      continue;
    }
    if (!absl::ConsumePrefix(&text, "--candidates=")) {
      return absl::InvalidArgumentError("unknown or malformed argument: " + whole);
    }
    ATTUNE_ASSIGN_OR_RETURN(arguments.candidates, ReadCandidates(std::string(text)));
  }
  return arguments;
}

int Main(int argc, char** argv) {
  const absl::StatusOr<Arguments> arguments =
      Parse(InitializeBenchmarks(argc, argv, OneSampleARepetition(kRepetitions)));
  if (!arguments.ok()) {
    std::cerr << arguments.status().message() << "\n";
    return 1;
  }
  const absl::StatusOr<CudaDevice*> gpu = BenchmarkedGpu();
  if (!gpu.ok()) {
    std::cout << "BLOCKED: " << gpu.status().message() << std::endl;
    return 2;
  }
  AddGpuContext(**gpu);
  const double read = MeasureRead(**gpu);
  benchmark::AddCustomContext("read_bandwidth", absl::StrCat(Fixed(read * 1e-9, 1), " GB/s"));
  const TuningCache cache = TunedOnThisMachine();
  const std::vector<Row> rows = Rows();
  const Choice choice = {.cache = &cache, .candidates = arguments->candidates};
  if (!choice.candidates.empty()) {
    benchmark::AddCustomContext(
        "configurations", absl::StrCat("of each row the fastest of ", choice.candidates.size(),
                                       ", by samples before those of the results"));
  }
  CompileAhead(rows, choice, **gpu);
  RegisterAll(rows, choice, **gpu);
  benchmark::RunSpecifiedBenchmarks();
  return Report(rows, read, arguments->limits) && Failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  return attune::Main(argc, argv);
}
