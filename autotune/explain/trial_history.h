// What the trial logs of a cache's directory hold, by what was searched.
#ifndef ATTUNE_AUTOTUNE_EXPLAIN_TRIAL_HISTORY_H_
#define ATTUNE_AUTOTUNE_EXPLAIN_TRIAL_HISTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "autotune/trial_log/trial_log.h"

namespace attune {

// All logs that begin with the same header.
struct TrialHistory {
  TrialLogHeader header;
  std::vector<std::string> paths;
  // The last record of each configuration, in order of the first: later runs of the tuner append to
  // the same log, and a finalist that fails in the final is recorded once more.
  std::vector<Trial> trials;
  // How many records there are.
  int64_t records = 0;

  // Of the latest record; 0 where there is none.
  int64_t last_unix_microseconds = 0;
  // The latest of the tunes that came to their end.
  std::optional<FinishedTune> finished;
};

struct TrialHistories {
  // In order of the names of their first logs.
  std::vector<TrialHistory> histories;
  // "path: reason" for files that could not be read as logs.
  std::vector<std::string> problems;
};

// Puts the logs together. `paths[i]` is where `logs[i]` was read.
std::vector<TrialHistory> JoinTrialLogs(const std::vector<TrialLog>& logs,
                                        const std::vector<std::string>& paths);

// Reads every *.log in `directory`; none where there is no such directory.
TrialHistories ReadTrialHistories(const std::string& directory);

// The one of `key` that was written to last, or null. Several are of one key where its space or
// what its constraints remove has changed.
const TrialHistory* LatestHistory(const std::vector<TrialHistory>& histories, const CacheKey& key);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_EXPLAIN_TRIAL_HISTORY_H_
