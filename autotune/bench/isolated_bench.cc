#include "autotune/bench/isolated_bench.h"

#include <algorithm>
#include <deque>
#include <future>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "autotune/bench/bench_options.h"
#include "autotune/bench/trial_worker.pb.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/failed_trial.h"
#include "autotune/workload/stored_workload.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// A process that ends itself takes no longer, unless its device keeps it.
constexpr absl::Duration kQuitLimit = absl::Seconds(10);

// Whether a call that ended with `status` was the end of the process that it was made to.
bool WorkerDied(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsDeadlineExceeded(status);
}

class IsolatedBench : public TrialBench {
 public:
  IsolatedBench(WorkerPool& worker, const TrialLimits& limits, OpenBenchRequest open)
      : worker_(worker), limits_(limits), open_(std::move(open)) {}

  absl::Status Open();
  void Announce(const Configuration& configuration) override {
    announced_.push_back(configuration);
  }
  absl::StatusOr<Trial> Try(const Configuration& configuration, int max_samples) override;
  absl::StatusOr<std::vector<double>> Time(const Configuration& configuration, int count) override;

 private:
  struct Attempt {
    Trial trial;
    // Whether the worker had tried, and was compiling, nothing else.
    bool undisturbed = false;
  };

  // Opens anew what a trial took down. Unavailable where that cannot be.
  absl::Status Reopen();
  absl::StatusOr<TrialWorkerReply> Call(const TrialWorkerRequest& request, absl::Duration timeout);
  // Forgets what was announced before `configuration`.
  void PassOver(const Configuration& configuration);
  // An error is not the configuration's.
  absl::StatusOr<Attempt> TryOnce(const Configuration& configuration, int max_samples);
  absl::Status Prepare(const Configuration& configuration);
  Trial FailureOf(const Configuration& configuration, absl::string_view doing,
                  const absl::Status& status) const;
  absl::Duration RunLimit() const;
  void NoteRun(absl::Duration duration);
  // The process is, or is to be, no more.
  void Forget();
  void Discard();

  WorkerPool& worker_;
  const TrialLimits limits_;
  const OpenBenchRequest open_;
  std::optional<absl::Duration> first_run_;

  // Announced and not tried yet. While `alone_` is above zero, so many trials are to be made
  // without telling the worker of others: one of them takes it down before its turn.
  std::deque<Configuration> announced_;
  size_t alone_ = 0;

  // Of the process that lives.
  bool opened_ = false;
  size_t sent_ = 0;  // how many of announced_ it knows of
  bool tried_ = false;
  std::set<Configuration> ready_;  // what Time finds ready there
};

absl::Status IsolatedBench::Open() {
  if (opened_) return absl::OkStatus();
  TrialWorkerRequest request;
  *request.mutable_open() = open_;
  const absl::Status status = worker_.Call(request.SerializeAsString(), limits_.open).status();
  if (WorkerDied(status)) {
    return absl::InternalError(absl::StrCat("setting up ", open_.family(), " on ", open_.device(),
                                            ": ", status.message()));
  }
  opened_ = status.ok();
  return status;
}

absl::Status IsolatedBench::Reopen() {
  const absl::Status status = Open();
  if (status.ok()) return status;
  return absl::UnavailableError(absl::StrCat("a new worker process for ", open_.device(),
                                             " cannot be set up: ", status.message()));
}

absl::StatusOr<TrialWorkerReply> IsolatedBench::Call(const TrialWorkerRequest& request,
                                                     absl::Duration timeout) {
  ATTUNE_RETURN_IF_ERROR(Reopen());
  const absl::StatusOr<std::string> bytes = worker_.Call(request.SerializeAsString(), timeout);
  if (WorkerDied(bytes.status())) Forget();
  if (!bytes.ok()) return bytes.status();
  TrialWorkerReply reply;
  if (!reply.ParseFromString(*bytes)) {
    Discard();
    return absl::AbortedError("the answer of the worker process cannot be read");
  }
  return reply;
}

absl::StatusOr<Trial> IsolatedBench::Try(const Configuration& configuration, int max_samples) {
  PassOver(configuration);
  ATTUNE_ASSIGN_OR_RETURN(Attempt attempt, TryOnce(configuration, max_samples));
  const Trial::Outcome outcome = attempt.trial.outcome();
  if (!attempt.undisturbed && (outcome == Trial::CRASH || outcome == Trial::WRONG_RESULT)) {
    Discard();
    if (outcome == Trial::CRASH) alone_ = announced_.size();
    alone_ = std::max<size_t>(alone_, 1);
    ATTUNE_ASSIGN_OR_RETURN(attempt, TryOnce(configuration, max_samples));
  }
  // What writes wrong results may have written them anywhere.
  if (attempt.trial.outcome() == Trial::WRONG_RESULT) Discard();
  if (!announced_.empty() && announced_.front() == configuration) {
    announced_.pop_front();
    sent_ -= std::min<size_t>(sent_, 1);
  }
  alone_ -= std::min<size_t>(alone_, 1);
  return std::move(attempt.trial);
}

void IsolatedBench::PassOver(const Configuration& configuration) {
  const auto place = std::find(announced_.begin(), announced_.end(), configuration);
  if (place == announced_.end()) return;
  const auto count = static_cast<size_t>(place - announced_.begin());
  announced_.erase(announced_.begin(), place);
  sent_ -= std::min(sent_, count);
}

absl::StatusOr<IsolatedBench::Attempt> IsolatedBench::TryOnce(const Configuration& configuration,
                                                              int max_samples) {
  const bool undisturbed = !tried_ && sent_ <= 1 && (alone_ > 0 || announced_.size() <= 1);
  const absl::Status prepared = Prepare(configuration);
  if (WorkerDied(prepared)) {
    return Attempt{FailureOf(configuration, "compiling", prepared), undisturbed};
  }
  ATTUNE_RETURN_IF_ERROR(prepared);
  TrialWorkerRequest request;
  *request.mutable_try_()->mutable_configuration() = ToProto(configuration);
  request.mutable_try_()->set_max_samples(max_samples);
  const absl::Time start = absl::Now();
  absl::StatusOr<TrialWorkerReply> reply = Call(request, RunLimit());
  if (WorkerDied(reply.status())) {
    return Attempt{FailureOf(configuration, "running", reply.status()), undisturbed};
  }
  ATTUNE_RETURN_IF_ERROR(reply.status());
  tried_ = true;
  if (reply->broken()) Discard();
  if (reply->trial().outcome() == Trial::OK) NoteRun(absl::Now() - start);
  return Attempt{std::move(*reply->mutable_trial()), undisturbed};
}

absl::Status IsolatedBench::Prepare(const Configuration& configuration) {
  ATTUNE_RETURN_IF_ERROR(Reopen());
  TrialWorkerRequest request;
  *request.mutable_prepare()->mutable_configuration() = ToProto(configuration);
  if (alone_ == 0) {
    for (; sent_ < announced_.size(); ++sent_) {
      *request.mutable_prepare()->add_announce() = ToProto(announced_[sent_]);
    }
  }
  return Call(request, limits_.prepare).status();
}

absl::StatusOr<std::vector<double>> IsolatedBench::Time(const Configuration& configuration,
                                                        int count) {
  TrialWorkerRequest request;
  *request.mutable_time()->mutable_configuration() = ToProto(configuration);
  request.mutable_time()->set_count(count);
  const bool ready = ready_.count(configuration) != 0;
  const absl::StatusOr<TrialWorkerReply> reply =
      Call(request, ready ? RunLimit() : limits_.prepare + RunLimit());
  if (!reply.ok()) {
    Discard();
    return reply.status();
  }
  tried_ = true;
  ready_.insert(configuration);
  return std::vector<double>(reply->nanoseconds().begin(), reply->nanoseconds().end());
}

Trial IsolatedBench::FailureOf(const Configuration& configuration, absl::string_view doing,
                               const absl::Status& status) const {
  const auto outcome = absl::IsDeadlineExceeded(status) ? Trial::TIMEOUT : Trial::CRASH;
  Trial trial = FailedTrial(configuration, outcome, absl::StrCat(doing, ": ", status.message()));
  trial.set_device(open_.device());
  return trial;
}

absl::Duration IsolatedBench::RunLimit() const {
  if (!first_run_.has_value()) return limits_.first_run;
  return limits_.run + limits_.run_factor * *first_run_;
}

void IsolatedBench::NoteRun(absl::Duration duration) {
  if (!first_run_.has_value()) first_run_ = duration;
}

void IsolatedBench::Forget() {
  opened_ = tried_ = false;
  sent_ = 0;
  ready_.clear();
}

void IsolatedBench::Discard() {
  if (!opened_) return;
  TrialWorkerRequest request;
  request.set_quit(true);
  static_cast<void>(worker_.Call(request.SerializeAsString(), kQuitLimit));
  Forget();
}

}  // namespace

IsolatedBenches::~IsolatedBenches() {
  std::vector<std::future<void>> ending;
  for (auto& [device, worker] : workers_) {
    ending.push_back(std::async(std::launch::async, [&worker = worker] { worker.reset(); }));
  }
}

absl::StatusOr<std::unique_ptr<TrialBench>> IsolatedBenches::Open(const std::string& device,
                                                                  const KernelFamily& family,
                                                                  const Workload& workload,
                                                                  const BenchOptions& options) {
  WorkerPool* worker = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<WorkerPool>& pool = workers_[device];
    if (pool == nullptr) pool = std::make_unique<WorkerPool>(kTrialWorker, 1, limits_.open);
    worker = pool.get();
  }
  OpenBenchRequest request;
  request.set_device(device);
  request.set_family(std::string(family.name()));
  *request.mutable_workload() = ToProto(workload);
  *request.mutable_options() = ToProto(options);
  auto bench = std::make_unique<IsolatedBench>(*worker, limits_, std::move(request));
  ATTUNE_RETURN_IF_ERROR(bench->Open());
  return bench;
}

}  // namespace attune
