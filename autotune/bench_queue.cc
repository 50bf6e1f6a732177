#include "autotune/bench_queue.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace attune {
namespace {

// The fewest whose median has an interval at 95 %, and one more.
constexpr int kReferenceSamples = 7;

}  // namespace

BenchQueue::BenchQueue(TrialBench& bench, const Configuration& reference, int trials_per_reference)
    : bench_(bench), reference_(reference), trials_per_reference_(trials_per_reference) {
  thread_ = std::thread([this] { Work(); });
}

BenchQueue::~BenchQueue() {
  Drop();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

BenchQueue::Result BenchQueue::Submit(const Configuration& configuration, int max_samples) {
  Job job = {.configuration = configuration, .max_samples = max_samples, .trial = {}};
  Result result = job.trial.get_future();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return result;
}

void BenchQueue::Drop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Job& job : jobs_) job.trial.set_value(std::nullopt);
  jobs_.clear();
}

std::optional<BenchQueue::Job> BenchQueue::Next() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
  if (jobs_.empty()) return std::nullopt;
  for (Job& job : jobs_) {
    if (!job.announced) bench_.Announce(job.configuration);
    job.announced = true;
  }
  Job next = std::move(jobs_.front());
  jobs_.pop_front();
  return next;
}

void BenchQueue::Work() {
  while (std::optional<Job> job = Next()) {
    Trial trial = Try(*job);
    job->trial.set_value(std::move(trial));
  }
}

Trial BenchQueue::Try(const Job& job) {
  const absl::Time start = absl::Now();
  if (trials_ > 0 && (trials_ - 1) % trials_per_reference_ == 0) TimeReference();
  const absl::Time turn = absl::Now();
  ++trials_;
  Trial trial = bench_.Try(job.configuration, job.max_samples);
  trial.set_turn_seconds(absl::ToDoubleSeconds(absl::Now() - turn));
  trial.set_reference_seconds(absl::ToDoubleSeconds(turn - start));
  trial.mutable_reference_nanoseconds()->Assign(reference_nanoseconds_.begin(),
                                                reference_nanoseconds_.end());
  return trial;
}

void BenchQueue::TimeReference() {
  if (!reference_runs_) return;
  absl::StatusOr<std::vector<double>> nanoseconds = bench_.Time(reference_, kReferenceSamples);
  reference_runs_ = nanoseconds.ok();
  reference_nanoseconds_ = reference_runs_ ? *std::move(nanoseconds) : std::vector<double>();
}

}  // namespace attune
