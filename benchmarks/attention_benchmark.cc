#include "benchmarks/attention_benchmark.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "benchmarks/attention_subject.h"
#include "benchmarks/benchmark_program.h"
#include "benchmarks/median_interval.h"

namespace attune {
namespace {

// Subjects stay between the repetitions of their benchmark, and beyond when repetitions of several
// are interleaved; the tensors of those that stay are bounded by this.
constexpr int64_t kMaxKeptBytes = int64_t{2} << 30;

struct KeptSubject {
  std::string name;
  std::unique_ptr<AttentionSubject> subject;
};

// The most recently used first. Never destroyed, as the devices are not.
std::list<KeptSubject>& KeptSubjects() {
  static auto* const kept = new std::list<KeptSubject>;
  return *kept;
}

std::vector<TimedCase>& MutableTimedCases() {
  static auto* const cases = new std::vector<TimedCase>;
  return *cases;
}

void DropBeyondLimit() {
  int64_t bytes = 0;
  auto& kept = KeptSubjects();
  for (auto it = kept.begin(); it != kept.end();) {
    bytes += it->subject->peak_bytes();
    it = it != kept.begin() && bytes > kMaxKeptBytes ? kept.erase(it) : std::next(it);
  }
}

absl::StatusOr<AttentionSubject*> SubjectOf(const AttentionCase& timed, Device& device) {
  auto& kept = KeptSubjects();
  const std::string name = CaseName(timed);
  const auto found =
      std::find_if(kept.begin(), kept.end(), [&](const KeptSubject& s) { return s.name == name; });
  if (found != kept.end()) {
    kept.splice(kept.begin(), kept, found);
  } else {
    auto subject = AttentionSubject::Create(timed, device);
    if (!subject.ok()) return subject.status();
    kept.push_front({name, *std::move(subject)});
    DropBeyondLimit();
  }
  return kept.front().subject.get();
}

void Record(const AttentionCase& timed, DeviceKind device, double seconds) {
  auto& cases = MutableTimedCases();
  const std::string name = CaseName(timed);
  auto found = std::find_if(cases.begin(), cases.end(),
                            [&](const TimedCase& c) { return CaseName(c.timed) == name; });
  if (found == cases.end()) {
    found = cases.insert(cases.end(), {.timed = timed, .device = device, .seconds = {}});
  }
  found->seconds.push_back(seconds);
}

void SetCounters(benchmark::State& state, const AttentionSubject& subject, double seconds,
                 const Ceilings* ceilings) {
  const AttentionPlan& plan = subject.plan();
  const Direction direction = plan.family().direction();
  const double peak = static_cast<double>(subject.peak_bytes());
  const double tflops = Flops(plan.problem(), direction) * 1e-12 / seconds;
  const double bandwidth =
      static_cast<double>(BytesMoved(plan.problem(), direction)) * 1e-9 / seconds;
  state.counters["TFLOP/s"] = tflops;
  state.counters["GB/s"] = bandwidth;
  if (ceilings != nullptr) {
    const std::optional<double> share =
        ShareOfCeiling(*ceilings, plan.problem().dtype, tflops, bandwidth);
    if (share) state.counters["of_ceiling"] = *share;
  }
  state.counters["peak_MiB"] = peak / (1 << 20);
  state.counters["peak_over_tensors"] = peak / static_cast<double>(plan.memory().tensor_bytes);
}

void SetDeviceCounters(benchmark::State& state, Device& device) {
  const absl::StatusOr<DeviceState> now = device.ReadState();
  if (!now.ok()) return;
  state.counters["sm_MHz"] = now->core_mhz;
  state.counters["temperature_C"] = now->temperature_celsius;
}

void Run(benchmark::State& state, const AttentionCase& timed, const BenchmarkedDevice& on) {
  const absl::StatusOr<AttentionSubject*> subject = SubjectOf(timed, *on.device);
  if (!subject.ok()) return FailBenchmark(state, subject.status());
  double seconds = 0;
  for (auto _ : state) {
    const absl::StatusOr<absl::Duration> sample = (*subject)->Sample();
    if (!sample.ok()) return FailBenchmark(state, sample.status());
    seconds = absl::ToDoubleSeconds(*sample);
    state.SetIterationTime(seconds);
    Record(timed, on.device->info().kind, seconds);
  }
  SetCounters(state, **subject, seconds, on.ceilings);
  SetDeviceCounters(state, *on.device);
  state.SetLabel((*subject)->plan().configuration().ToString());
}

}  // namespace

void RegisterAttentionBenchmark(const AttentionCase& timed, const BenchmarkedDevice& on) {
  AddMedianInterval(
      *benchmark::RegisterBenchmark(CaseName(timed).c_str(),
                                    [timed, on](benchmark::State& state) { Run(state, timed, on); })
           ->UseManualTime()
           ->Unit(benchmark::kMillisecond));
}

const std::vector<TimedCase>& TimedCases() { return MutableTimedCases(); }

}  // namespace attune
