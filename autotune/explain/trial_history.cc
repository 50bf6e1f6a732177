#include "autotune/explain/trial_history.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <utility>

#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "base/file.h"

namespace attune {
namespace {

TrialHistory& HistoryOf(const TrialLogHeader& header, std::vector<TrialHistory>& histories) {
  for (TrialHistory& history : histories) {
    if (google::protobuf::util::MessageDifferencer::Equals(history.header, header)) return history;
  }
  TrialHistory& history = histories.emplace_back();
  history.header = header;
  return history;
}

// Keeps the last record of each configuration, at the place of the first.
void KeepLast(std::vector<Trial>& trials) {
  std::stable_sort(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) {
    return a.unix_microseconds() < b.unix_microseconds();
  });
  std::map<Configuration, size_t> places;
  std::vector<Trial> kept;
  for (Trial& trial : trials) {
    const auto [place, is_first] = places.emplace(FromProto(trial.configuration()), kept.size());
    if (is_first) {
      kept.push_back(std::move(trial));
    } else {
      kept[place->second] = std::move(trial);
    }
  }
  trials = std::move(kept);
}

void KeepLatest(const std::optional<FinishedTune>& finished, std::optional<FinishedTune>& latest) {
  if (!finished.has_value()) return;
  if (latest.has_value() && latest->unix_microseconds() > finished->unix_microseconds()) return;
  latest = finished;
}

}  // namespace

std::vector<TrialHistory> JoinTrialLogs(const std::vector<TrialLog>& logs,
                                        const std::vector<std::string>& paths) {
  std::vector<TrialHistory> histories;
  for (size_t i = 0; i < logs.size(); ++i) {
    TrialHistory& history = HistoryOf(logs[i].header, histories);
    history.paths.push_back(paths[i]);
    history.records += static_cast<int64_t>(logs[i].trials.size());
    KeepLatest(logs[i].finished, history.finished);
    for (const Trial& trial : logs[i].trials) {
      history.trials.push_back(trial);
      history.last_unix_microseconds =
          std::max(history.last_unix_microseconds, trial.unix_microseconds());
    }
  }
  for (TrialHistory& history : histories) KeepLast(history.trials);
  return histories;
}

TrialHistories ReadTrialHistories(const std::string& directory) {
  TrialHistories result;
  const absl::StatusOr<std::vector<std::string>> paths = ListFiles(directory, ".log");
  if (!paths.ok()) {
    result.problems.emplace_back(paths.status().message());
    return result;
  }
  std::vector<TrialLog> logs;
  std::vector<std::string> read;
  for (const std::string& path : *paths) {
    absl::StatusOr<TrialLog> log = ReadTrialLog(path);
    if (!log.ok()) {
      result.problems.emplace_back(log.status().message());
      continue;
    }
    logs.push_back(*std::move(log));
    read.push_back(path);
  }
  result.histories = JoinTrialLogs(logs, read);
  return result;
}

const TrialHistory* LatestHistory(const std::vector<TrialHistory>& histories, const CacheKey& key) {
  const std::string bytes = KeyBytes(key);
  const TrialHistory* latest = nullptr;
  for (const TrialHistory& history : histories) {
    if (KeyBytes(history.header.key()) != bytes) continue;
    if (latest == nullptr || history.last_unix_microseconds > latest->last_unix_microseconds) {
      latest = &history;
    }
  }
  return latest;
}

}  // namespace attune
