#include "autotune/replay/recorded_search.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "autotune/replay/recorded_search.pb.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr double kSampleUnit = 1e-4;

void AddSamples(const RecordedCandidate& candidate, RecordedSearchProto& proto) {
  for (int k = 0; k < kRecordedSamples; ++k) {
    const bool there = k < static_cast<int>(candidate.samples.size()) && candidate.nanoseconds > 0;
    const double ratio = there ? candidate.samples[k] / candidate.nanoseconds : 0;
    proto.add_sample(static_cast<uint32_t>(std::lround(ratio / kSampleUnit)));
  }
}

absl::Status CheckShape(const RecordedSearchProto& proto) {
  if (proto.format_version() == 0) return absl::DataLossError("this is no recorded search");
  if (proto.format_version() > kFormatVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the recorded search's format is version ", proto.format_version(),
                     ", the newest that this program reads is ", kFormatVersion));
  }
  const int candidates = proto.outcome_size();
  const bool fits =
      candidates > 0 && static_cast<int64_t>(proto.default_candidate()) < candidates &&
      proto.parameter_size() > 0 &&
      proto.value_size() == int64_t{candidates} * proto.parameter_size() &&
      proto.feature_value_size() == int64_t{candidates} * proto.feature_size() &&
      proto.nanoseconds_size() == candidates && proto.prepare_seconds_size() == candidates &&
      proto.sample_count_size() == candidates && proto.samples() > 0 &&
      proto.sample_size() == int64_t{candidates} * proto.samples();
  return fits ? absl::OkStatus()
              : absl::DataLossError("the recorded search's columns are not of one length");
}

RecordedCandidate CandidateOf(const RecordedSearchProto& proto, int i) {
  RecordedCandidate candidate;
  std::vector<Configuration::Entry> entries;
  for (int p = 0; p < proto.parameter_size(); ++p) {
    entries.emplace_back(proto.parameter(p), proto.value(i * proto.parameter_size() + p));
  }
  candidate.configuration = Configuration(std::move(entries));
  for (int f = 0; f < proto.feature_size(); ++f) {
    candidate.features.push_back(proto.feature_value(i * proto.feature_size() + f));
  }
  candidate.outcome = proto.outcome(i);
  candidate.nanoseconds = proto.nanoseconds(i);
  candidate.prepare_seconds = proto.prepare_seconds(i);
  candidate.sample_count = static_cast<int>(proto.sample_count(i));
  const int samples = static_cast<int>(proto.samples());
  for (int k = 0; k < samples && proto.sample(i * samples + k) > 0; ++k) {
    candidate.samples.push_back(proto.sample(i * samples + k) * kSampleUnit *
                                candidate.nanoseconds);
  }
  return candidate;
}

}  // namespace

double OptimumNanoseconds(const RecordedSearch& search) {
  double optimum = std::numeric_limits<double>::infinity();
  for (const RecordedCandidate& candidate : search.candidates) {
    if (candidate.outcome == Trial::OK) optimum = std::min(optimum, candidate.nanoseconds);
  }
  return optimum;
}

std::string SerializeRecordedSearch(const RecordedSearch& search) {
  RecordedSearchProto proto;
  proto.set_format_version(kFormatVersion);
  *proto.mutable_key() = search.key;
  proto.mutable_feature()->Assign(search.feature_names.begin(), search.feature_names.end());
  proto.set_default_candidate(static_cast<uint32_t>(search.default_candidate));
  proto.set_trial_seconds(search.trial_seconds);
  proto.set_samples(kRecordedSamples);
  for (const RecordedCandidate& candidate : search.candidates) {
    const bool is_first = proto.parameter_size() == 0;
    if (is_first) {
      for (const auto& entry : candidate.configuration.entries()) proto.add_parameter(entry.first);
    }
    for (const auto& entry : candidate.configuration.entries()) proto.add_value(entry.second);
    for (const double feature : candidate.features) {
      proto.add_feature_value(static_cast<float>(feature));
    }
    proto.add_outcome(candidate.outcome);
    proto.add_nanoseconds(static_cast<float>(candidate.nanoseconds));
    proto.add_prepare_seconds(static_cast<float>(candidate.prepare_seconds));
    proto.add_sample_count(static_cast<uint32_t>(candidate.sample_count));
    AddSamples(candidate, proto);
  }
  return proto.SerializeAsString();
}

absl::StatusOr<RecordedSearch> ParseRecordedSearch(absl::string_view content) {
  RecordedSearchProto proto;
  if (!proto.ParseFromArray(content.data(), static_cast<int>(content.size()))) {
    return absl::DataLossError("this is no recorded search");
  }
  ATTUNE_RETURN_IF_ERROR(CheckShape(proto));
  RecordedSearch search;
  search.key = proto.key();
  search.feature_names.assign(proto.feature().begin(), proto.feature().end());
  search.default_candidate = proto.default_candidate();
  search.trial_seconds = proto.trial_seconds();
  for (int i = 0; i < proto.outcome_size(); ++i) {
    search.candidates.push_back(CandidateOf(proto, i));
  }
  const double optimum = OptimumNanoseconds(search);
  if (!std::isfinite(optimum) || optimum <= 0) {
    return absl::DataLossError("no candidate of the recorded search ran");
  }
  return search;
}

absl::StatusOr<RecordedSearch> ReadRecordedSearch(const std::string& path) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  absl::StatusOr<RecordedSearch> search = ParseRecordedSearch(content);
  if (search.ok()) return search;
  return absl::Status(search.status().code(), absl::StrCat(path, ": ", search.status().message()));
}

}  // namespace attune
