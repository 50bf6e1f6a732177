// What the tuner itself costs the host, kernels aside: enumerating spaces, searching them,
// sampling, its cache and its log. Of the CPU's families on this machine and of the GPU's on an
// H200 as its driver describes it: no GPU is needed but for tuner/sample/cuda:0.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "attention/families.h"
#include "attention/square_problem.h"
#include "attention/tuning/attention_kernel_family.h"
#include "attention/workload.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/search/features.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/timing/sampler.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/tuner/tuner.h"
#include "autotune/workload/cache_key.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/median_interval.h"
#include "benchmarks/run_context.h"
#include "device/cpu/cpu_device.h"
#include "device/discovery.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(tuner_benchmark [FLAGS]

Times the tuner itself, kernels aside: enumerating spaces, each search strategy, sampling, the cache
and the trial log. Of the GPU's families as for an H200; tuner/sample/cuda:0 alone needs a GPU.
)";

constexpr int kRepetitions = 9;
constexpr int kSamplesOfATrial = 20;
constexpr int kEntriesOfAFamily = 50;

// What constraints may name of an H200 (driver 580, CUDA 13.0).
DeviceInfo H200() {
  return {.id = "cuda:0",
          .kind = DeviceKind::kCuda,
          .model = "NVIDIA H200",
          .architecture = "sm_90",
          .environment = "cuda 13.0",
          .attributes = {{"blocks_per_multiprocessor", 32},
                         {"clock_khz", 1980000},
                         {"cluster_launch", 1},
                         {"compute_capability", 90},
                         {"driver_cuda_version", 13000},
                         {"l2_bytes", 62914560},
                         {"memory_bus_bits", 6016},
                         {"memory_bytes", 150109880320},
                         {"memory_clock_khz", 3201000},
                         {"multiprocessors", 132},
                         {"nvrtc_version", 13000},
                         {"registers_per_block", 65536},
                         {"registers_per_multiprocessor", 65536},
                         {"shared_bytes_per_block", 232448},
                         {"shared_bytes_per_block_default", 49152},
                         {"shared_bytes_per_block_reserved", 1024},
                         {"shared_bytes_per_multiprocessor", 233472},
                         {"threads_per_block", 1024},
                         {"threads_per_multiprocessor", 2048},
                         {"warp_size", 32}}};
}

Problem Prefill() { return SquareProblem(Dtype::kBfloat16, 4, 16, 4096, 128, Mask::Causal()); }

// A search: one family, on one workload and device.
struct Search {
  std::shared_ptr<AttentionKernelFamily> family;
  Workload workload;
  DeviceInfo device;
  CacheKey key() const {
    return MakeCacheKey(device, family->name(), family->fingerprint(), workload);
  }
};

void Enumerate(benchmark::State& state, const Search& search) {
  int64_t admitted = 0;
  for (auto _ : state) {
    const absl::StatusOr<Enumeration> enumeration =
        EnumerateFor(*search.family, search.workload, search.device);
    if (!enumeration.ok()) return FailBenchmark(state, enumeration.status());
    admitted = static_cast<int64_t>(enumeration->admitted.size());
  }
  const int64_t size = search.family->space().size();
  state.counters["combinations"] = static_cast<double>(size);
  state.counters["admitted"] = static_cast<double>(admitted);
  state.SetItemsProcessed(size * state.iterations());
}

absl::StatusOr<SearchProblem> ProblemFor(const Search& search) {
  absl::StatusOr<Enumeration> enumeration =
      EnumerateFor(*search.family, search.workload, search.device);
  if (!enumeration.ok()) return enumeration.status();
  const absl::StatusOr<Features> features =
      FeaturesOf(enumeration->admitted, [&](const Configuration& configuration) {
        return search.family->Model(search.workload, configuration, search.device);
      });
  if (!features.ok()) return features.status();
  return SearchProblem{.candidates = std::move(enumeration->admitted),
                       .default_configuration = search.family->space().Default(),
                       .seed = 1,
                       .features = features->rows};
}

// A time that a learner has something to learn of: smooth in the parameters, the same every time.
double MadeUpNanoseconds(const Configuration& configuration) {
  double sum = 0;
  double weight = 1;
  for (const auto& [name, value] : configuration.entries()) {
    sum += weight * std::abs(std::log2(1.0 + static_cast<double>(std::abs(value))) - 5);
    weight *= 0.7;
  }
  return 1e6 * (1 + sum);
}

// The strategy's part of a search through as much of the space as is its default.
void RunSearch(benchmark::State& state, const Search& search, const std::string& strategy) {
  const absl::StatusOr<SearchProblem> problem = ProblemFor(search);
  if (!problem.ok()) return FailBenchmark(state, problem.status());
  const auto most = static_cast<int64_t>(
      std::ceil(DefaultShare(strategy) * static_cast<double>(problem->candidates.size())));
  int64_t steps = 0;
  for (auto _ : state) {
    const auto searcher = MakeSearcher(strategy, *problem);
    if (!searcher.ok()) return FailBenchmark(state, searcher.status());
    for (int64_t step = 0; step < most; ++step, ++steps) {
      const std::optional<Configuration> asked = (*searcher)->Ask();
      if (!asked) break;
      (*searcher)->Tell(*asked, {.nanoseconds = MadeUpNanoseconds(*asked)});
    }
  }
  state.counters["steps"] = static_cast<double>(steps) / static_cast<double>(state.iterations());
  state.SetItemsProcessed(steps);
}

// What a sample costs beside the kernel, which here does nothing: flushing caches, timing, waiting.
void Sample(benchmark::State& state, Device& device) {
  absl::StatusOr<Sampler> sampler = Sampler::Create(device);
  if (!sampler.ok()) return FailBenchmark(state, sampler.status());
  SamplerOptions options;
  options.warmup_runs = 0;
  options.min_samples = options.max_samples = 1;
  for (auto _ : state) {
    const auto set = sampler->Sample([](Stream&) { return absl::OkStatus(); }, options);
    if (!set.ok()) return FailBenchmark(state, set.status());
  }
  state.SetItemsProcessed(state.iterations());
}

// A new folder of its own, gone when it goes.
class ScratchFolder {
 public:
  ScratchFolder() : path_(std::filesystem::temp_directory_path() / "tuner_benchmark_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

CacheEntry EntryOf(const Search& search, int64_t kv_len) {
  Workload workload = search.workload;
  workload.sizes["kv_len"] = kv_len;
  CacheEntry entry;
  *entry.mutable_key() =
      MakeCacheKey(search.device, search.family->name(), search.family->fingerprint(), workload);
  *entry.mutable_configuration() = ToProto(search.family->space().Default());
  for (int i = 0; i < kSamplesOfATrial; ++i) {
    entry.add_best_nanoseconds(1e6 + i);
    entry.add_default_nanoseconds(2e6 + i);
  }
  return entry;
}

void StoreEntry(benchmark::State& state, const Search& search) {
  const ScratchFolder folder;
  TuningCache cache({.user_directory = folder.path()});
  const CacheEntry entry = EntryOf(search, 4096);
  for (auto _ : state) {
    const absl::Status status = cache.Store(entry);
    if (!status.ok()) return FailBenchmark(state, status);
  }
  state.SetItemsProcessed(state.iterations());
}

// From files alone, as a new process looks up: with `kv_len` as it was stored, or near to that.
void LookUp(benchmark::State& state, const Search& search, int64_t kv_len) {
  const ScratchFolder folder;
  TuningCache writer({.user_directory = folder.path()});
  for (int i = 0; i < kEntriesOfAFamily; ++i) {
    const absl::Status status = writer.Store(EntryOf(search, 4096 + 128 * i));
    if (!status.ok()) return FailBenchmark(state, status);
  }
  Workload workload = search.workload;
  workload.sizes["kv_len"] = kv_len;
  const CacheKey key =
      MakeCacheKey(search.device, search.family->name(), search.family->fingerprint(), workload);
  const TuningCache reader({.user_directory = folder.path()});
  for (auto _ : state) {
    if (!reader.Lookup(key).hit) return FailBenchmark(state, absl::NotFoundError("no entry"));
  }
  state.SetItemsProcessed(state.iterations());
}

void AppendTrial(benchmark::State& state, const Search& search) {
  const ScratchFolder folder;
  TrialLogHeader header;
  *header.mutable_key() = search.key();
  header.set_space(search.family->space().text());
  auto log = TrialLogWriter::Open(absl::StrCat(folder.path(), "/trials.log"), header);
  if (!log.ok()) return FailBenchmark(state, log.status());
  Trial trial;
  *trial.mutable_configuration() = ToProto(search.family->space().Default());
  trial.set_outcome(Trial::OK);
  for (int i = 0; i < kSamplesOfATrial; ++i) trial.add_nanoseconds(1e6 + i);
  for (auto _ : state) {
    const absl::Status status = log->Append(trial);
    if (!status.ok()) return FailBenchmark(state, status);
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename Function>
void Register(const std::string& name, Function function) {
  AddMedianInterval(*benchmark::RegisterBenchmark(name.c_str(), function)
                         ->UseRealTime()
                         ->Unit(benchmark::kMicrosecond));
}

// Every family that runs the problem on this CPU or on an H200.
std::vector<Search> Searches(const DeviceInfo& cpu) {
  std::vector<Search> searches;
  for (const AttentionFamily* family : AttentionFamilies()) {
    for (const DeviceInfo& device : {cpu, H200()}) {
      if (!family->Supports(Prefill(), device).ok()) continue;
      searches.push_back({.family = std::make_shared<AttentionKernelFamily>(*family),
                          .workload = WorkloadOf(Prefill(), family->direction()),
                          .device = device});
    }
  }
  return searches;
}

void RegisterAll(CpuDevice& cpu) {
  for (const Search& search : Searches(cpu.info())) {
    const std::string family(search.family->name());
    Register("tuner/enumerate/" + family,
             [=](benchmark::State& state) { Enumerate(state, search); });
    if (absl::EndsWith(family, "_backward")) continue;
    for (const std::string& strategy : SearcherNames()) {
      Register(absl::StrCat("tuner/search/", family, "/", strategy),
               [=](benchmark::State& state) { RunSearch(state, search, strategy); });
    }
  }
  const Search any = Searches(cpu.info()).back();
  Register("tuner/cache_store", [=](benchmark::State& state) { StoreEntry(state, any); });
  Register("tuner/cache_lookup/exact", [=](benchmark::State& state) { LookUp(state, any, 4096); });
  Register("tuner/cache_lookup/nearest",
           [=](benchmark::State& state) { LookUp(state, any, 3000); });
  Register("tuner/log_append", [=](benchmark::State& state) { AppendTrial(state, any); });
  Register("tuner/sample/cpu", [&cpu](benchmark::State& state) { Sample(state, cpu); });
}

int Main(int argc, char** argv) {
  const auto exit_code = StartBenchmarks(
      argc, argv,
      {.help = kHelp,
       .defaults = {absl::StrCat("--benchmark_repetitions=", kRepetitions),
                    "--benchmark_min_time=0.05", "--benchmark_display_aggregates_only=true"}});
  if (exit_code) return *exit_code;
  static auto* const cpu = new CpuDevice;
  AddDeviceContext("cpu", cpu->info());
  RegisterAll(*cpu);
  static const auto* const gpu = new absl::StatusOr<std::unique_ptr<Device>>(OpenDevice("cuda:0"));
  if (gpu->ok()) {
    AddDeviceContext("device", (**gpu)->info());
    Register("tuner/sample/cuda:0", [](benchmark::State& state) { Sample(state, ***gpu); });
  } else {
    std::cerr << "tuner/sample/cuda:0 is left out: " << gpu->status().message() << "\n";
  }
  return RunBenchmarks();
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
