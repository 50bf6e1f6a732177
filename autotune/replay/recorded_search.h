// Exhaustive searches as they are recorded for replay.
#ifndef ATTUNE_AUTOTUNE_REPLAY_RECORDED_SEARCH_H_
#define ATTUNE_AUTOTUNE_REPLAY_RECORDED_SEARCH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "autotune/workload/cache_key.pb.h"

namespace attune {

// Of a trial's samples so many are recorded: as many as strategies that limit them take.
inline constexpr int kRecordedSamples = 9;

struct RecordedCandidate {
  Configuration configuration;
  std::vector<double> features;
  Trial::Outcome outcome = Trial::UNSPECIFIED;
  // The median of all samples; 0 where the trial failed.
  double nanoseconds = 0;
  // How many samples that were, and the first of them.
  int sample_count = 0;
  std::vector<double> samples;
  double prepare_seconds = 0;
};

struct RecordedSearch {
  CacheKey key;
  std::vector<std::string> feature_names;
  std::vector<RecordedCandidate> candidates;
  // An index of `candidates`.
  size_t default_candidate = 0;
  // What a trial takes besides its samples, once it is compiled.
  double trial_seconds = 0;
};

// The least median.
double OptimumNanoseconds(const RecordedSearch& search);

// Binary protobuf (recorded_search.proto). Times lose all but seven digits, samples all but four.
std::string SerializeRecordedSearch(const RecordedSearch& search);

// DataLoss where `content` is no recorded search, or one of which no candidate ran;
// FailedPrecondition for a newer format.
absl::StatusOr<RecordedSearch> ParseRecordedSearch(absl::string_view content);

// Also the errors of reading the file. Messages name `path`.
absl::StatusOr<RecordedSearch> ReadRecordedSearch(const std::string& path);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_REPLAY_RECORDED_SEARCH_H_
