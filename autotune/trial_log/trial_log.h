// An append-only log of trials that survives the death of its writer at any point.
#ifndef ATTUNE_AUTOTUNE_TRIAL_LOG_TRIAL_LOG_H_
#define ATTUNE_AUTOTUNE_TRIAL_LOG_TRIAL_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/trial_log/trial_log.pb.h"

namespace attune {

inline constexpr uint32_t kTrialLogFormatVersion = 2;

struct TrialLog {
  TrialLogHeader header;
  std::vector<Trial> trials;
  // The index of the first of `trials` that no finished tune ended: of a tune that was killed or
  // cancelled. trials.size() if there is none.
  size_t first_unfinished = 0;
  // The last of the tunes that came to their end.
  std::optional<FinishedTune> finished;
  // The length of the whole records, and what follows them: part of a record whose writer died. 0
  // for a log that ends with a whole record.
  int64_t whole_bytes = 0;
  int64_t torn_bytes = 0;
};

// DataLoss where there is no whole header or a record before the last is damaged;
// FailedPrecondition for a newer format. A torn last record is left out and reported in torn_bytes.
absl::StatusOr<TrialLog> ParseTrialLog(absl::string_view content);

// Also the errors of reading the file. Messages name `path`.
absl::StatusOr<TrialLog> ReadTrialLog(const std::string& path);

// Appends to one log, which it holds locked. Each record is handed to the system before Append
// returns, so it outlives this process. Movable; not thread-safe.
class TrialLogWriter {
 public:
  // Creates the log at `path` with `header` (whose format_version it sets), or continues the log
  // that is there. A torn last record is moved to "<path>.torn" first: appending behind it would
  // make it unreadable. FailedPrecondition where the log's header differs, Unavailable where
  // another process writes to it.
  static absl::StatusOr<TrialLogWriter> Open(const std::string& path, TrialLogHeader header);

  TrialLogWriter(TrialLogWriter&& other) noexcept;
  TrialLogWriter& operator=(TrialLogWriter&& other) noexcept;
  ~TrialLogWriter();

  // The trials that the log held when it was opened, of a tune that did not finish.
  const std::vector<Trial>& unfinished_trials() const { return unfinished_trials_; }
  // How many bytes of a torn record were moved away.
  int64_t dropped_bytes() const { return dropped_bytes_; }

  absl::Status Append(const Trial& trial);
  // Says that the trials so far led to a winner: the next tune begins anew.
  absl::Status AppendFinished(const FinishedTune& finished);

 private:
  TrialLogWriter(std::string path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}

  absl::Status Start(const TrialLogHeader& header);
  // Moves what stands behind the whole records to "<path>.torn".
  absl::Status CutOff(int64_t whole_bytes);
  absl::Status Write(const TrialLogRecord& record);

  std::string path_;
  int descriptor_ = -1;
  std::vector<Trial> unfinished_trials_;
  int64_t dropped_bytes_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TRIAL_LOG_TRIAL_LOG_H_
