#include "autotune/cli/audit_command.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "autotune/audit/regret.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/cli/cache/entry_check.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/cli/output/report.h"
#include "autotune/explain/trial_history.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/timing/sampler.h"
#include "autotune/tuner/tuner.h"
#include "autotune/workload/stored_workload.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "device/discovery.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

// Times candidates of one workload on one device, in this process.
class Stopwatch {
 public:
  static absl::StatusOr<Stopwatch> Create(const KernelFamily& family, const Workload& workload,
                                          Device& device, uint64_t seed) {
    ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<Experiment> experiment,
                            family.Open(workload, device, seed));
    ATTUNE_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create(device));
    return Stopwatch(std::move(experiment), std::move(sampler));
  }

  absl::StatusOr<double> Time(const Configuration& configuration) {
    auto held = candidates_.find(configuration);
    if (held == candidates_.end()) {
      ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<Candidate> candidate,
                              experiment_->Prepare(configuration));
      ATTUNE_RETURN_IF_ERROR(candidate->Verify());
      held = candidates_.emplace(configuration, std::move(candidate)).first;
    }
    const auto launch = [&](Stream& stream) { return held->second->Launch(stream); };
    ATTUNE_ASSIGN_OR_RETURN(
        const SampleSet samples,
        sampler_.Sample(launch, {.warmup_runs = 1, .min_samples = 1, .max_samples = 1}));
    return samples.nanoseconds.front();
  }

 private:
  Stopwatch(std::unique_ptr<Experiment> experiment, Sampler sampler)
      : experiment_(std::move(experiment)), sampler_(std::move(sampler)) {}

  std::unique_ptr<Experiment> experiment_;
  Sampler sampler_;
  std::map<Configuration, std::unique_ptr<Candidate>> candidates_;
};

absl::StatusOr<TimeOnce> OpenStopwatch(const KernelFamily& family, const Workload& workload,
                                       Device& device, uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(Stopwatch stopwatch, Stopwatch::Create(family, workload, device, seed));
  // A std::function copies what it holds.
  const auto shared = std::make_shared<Stopwatch>(std::move(stopwatch));
  return TimeOnce(
      [shared](const Configuration& configuration) { return shared->Time(configuration); });
}

absl::StatusOr<AuditResult> AuditEntry(const CacheEntry& entry, const TrialHistory* history,
                                       Device& device, const AuditCommandOptions& options) {
  const KernelFamily& family = *FindFamily(entry.key().family());
  const Workload workload = FromProto(entry.key().workload());
  ATTUNE_ASSIGN_OR_RETURN(const Enumeration enumeration,
                          EnumerateFor(family, workload, device.info()));
  const std::vector<Configuration> rivals = ChooseRivals(
      entry, history, enumeration.admitted, static_cast<size_t>(options.rivals), options.seed);
  ATTUNE_ASSIGN_OR_RETURN(const TimeOnce time_once,
                          options.open_timer
                              ? options.open_timer(family, workload, device, options.seed)
                              : OpenStopwatch(family, workload, device, options.seed));
  return Audit(FromProto(entry.configuration()), rivals, options.rounds, time_once);
}

bool IsTooHigh(const AuditResult& result, double max_regret) {
  return result.regret.has_value() && result.regret->interval.lower > max_regret;
}

std::string FormatPercent(double fraction) { return absl::StrFormat("%+.2f %%", 100 * fraction); }

// "-1.20 % to +0.31 %".
std::string FormatInterval(const Regret& regret) {
  return absl::StrCat(FormatPercent(regret.interval.lower), " to ",
                      FormatPercent(regret.interval.upper));
}

Json ResultJson(const AuditResult& result, double max_regret) {
  Json json = {{"nanoseconds", Median(result.winner)},
               {"rivals", result.rivals.size()},
               {"dropped", ToJson(result.dropped)}};
  if (!result.regret.has_value()) return json;
  json["regret"] = result.regret->estimate;
  json["regret_interval"] = {result.regret->interval.lower, result.regret->interval.upper};
  json["best_rival"] = ToJson(ToProto(result.rivals[result.regret->rival]));
  json["too_high"] = IsTooHigh(result, max_regret);
  return json;
}

// The devices of this machine, opened when they are first asked for.
class Devices {
 public:
  explicit Devices(const std::string& id) {
    for (const DeviceInfo& info : ListDevices().devices) {
      if (id.empty() || info.id == id) infos_.push_back(info);
    }
  }
  const std::vector<DeviceInfo>& infos() const { return infos_; }
  // The first of `model`; null where there is none.
  absl::StatusOr<Device*> OfModel(const std::string& model) {
    for (const DeviceInfo& info : infos_) {
      if (info.model != model) continue;
      std::unique_ptr<Device>& device = opened_[info.id];
      if (device == nullptr) {
        ATTUNE_ASSIGN_OR_RETURN(device, OpenDevice(info.id));
      }
      return device.get();
    }
    return nullptr;
  }

 private:
  std::vector<DeviceInfo> infos_;
  std::map<std::string, std::unique_ptr<Device>> opened_;
};

// What has been found so far.
struct Findings {
  Json json = Json::array();
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> passed_over;
  int64_t audited = 0;
  int64_t bad = 0;
};

void AddResult(const std::string& name, const absl::StatusOr<AuditResult>& result,
               const AuditCommandOptions& options, Findings& findings) {
  ++findings.audited;
  Json json = {{"name", name}};
  if (!result.ok()) {
    ++findings.bad;
    json["error"] = std::string(result.status().message());
    findings.rows.push_back({name, "failed", "", "", "", std::string(result.status().message())});
  } else {
    json.update(ResultJson(*result, options.max_regret));
    const bool too_high = IsTooHigh(*result, options.max_regret);
    findings.bad += too_high ? 1 : 0;
    std::vector<std::string> row = {name, FormatTime(Median(result->winner))};
    if (result->regret.has_value()) {
      row.insert(row.end(),
                 {FormatPercent(result->regret->estimate), FormatInterval(*result->regret),
                  too_high ? "TOO HIGH" : "ok", result->rivals[result->regret->rival].ToString()});
    } else {
      row.insert(row.end(), {"", "", "", "no rival ran"});
    }
    findings.rows.push_back(std::move(row));
    for (const std::string& dropped : result->dropped) {
      findings.passed_over.push_back(absl::StrCat(name, ": rival ", dropped));
    }
  }
  findings.json.push_back(std::move(json));
}

void Print(const Findings& findings, bool json, std::ostream& out) {
  if (json) {
    PrintJson({{"audits", findings.json}, {"passed_over", ToJson(findings.passed_over)}}, out);
    return;
  }
  if (!findings.rows.empty()) {
    out << FormatTable({{"entry"},
                        {"time", Align::kRight},
                        {"regret", Align::kRight},
                        {"95 % interval"},
                        {"verdict"},
                        {"best rival"}},
                       findings.rows);
  }
  for (const std::string& each : findings.passed_over) out << "passed over: " << each << "\n";
}

}  // namespace

absl::Status RunAuditCommand(const AuditCommandOptions& options, std::ostream& out) {
  if (options.rivals < 1 || options.rounds < kMinRegretRounds || !(options.max_regret >= 0)) {
    return absl::InvalidArgumentError(absl::StrCat("an audit needs at least one rival, ",
                                                   kMinRegretRounds,
                                                   " rounds, and a --max_regret of at least 0"));
  }
  const CacheDirectory::Contents contents = CacheDirectory(options.cache_directory).ReadAll();
  const TrialHistories logs = ReadTrialHistories(absl::StrCat(options.cache_directory, "/trials"));
  Devices devices(options.device);
  Findings findings;
  findings.passed_over = contents.problems;
  for (const CacheEntry& entry : contents.entries) {
    const std::string name = CacheFileName(entry.key());
    if (!absl::StartsWith(name, options.entry)) continue;
    ATTUNE_ASSIGN_OR_RETURN(Device* const device, devices.OfModel(entry.key().device_model()));
    const std::vector<std::string> wrong = CheckEntry(entry, devices.infos());
    if (device == nullptr || !wrong.empty()) {
      findings.passed_over.push_back(
          absl::StrCat(name, ": ",
                       device == nullptr ? "of another device, " + entry.key().device_model()
                                         : absl::StrJoin(wrong, "; ")));
      continue;
    }
    const TrialHistory* const history = LatestHistory(logs.histories, entry.key());
    AddResult(name, AuditEntry(entry, history, *device, options), options, findings);
  }
  Print(findings, options.json, out);
  if (findings.audited == 0) {
    return absl::NotFoundError(
        absl::StrCat("no entry in ", options.cache_directory, " could be audited on this machine"));
  }
  if (findings.bad == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("%d of %d winners failed or cost more than %.3g %% over a rival: tune again",
                      findings.bad, findings.audited, 100 * options.max_regret));
}

}  // namespace attune
