#include "benchmarks/report/history.h"

#include <cmath>
#include <utility>

namespace attune {
namespace {

using Runs = absl::Span<const std::vector<double>>;

// A run with as many of those after it as a decision takes.
struct Candidate {
  size_t end = 0;  // behind the last of them
  std::vector<double> samples;
  SpeedComparison comparison;

  bool IsChange() const {
    return comparison.verdict == SpeedVerdict::kFaster ||
           comparison.verdict == SpeedVerdict::kSlower;
  }
  // Whether the samples are too few to decide, whatever they are.
  bool IsUndecidable() const {
    return comparison.verdict == SpeedVerdict::kAmbiguous &&
           std::isinf(comparison.ratio.interval.upper);
  }
};

// Undecidable only where there are no runs left to take.
Candidate CandidateFrom(size_t first, Runs runs, const std::vector<double>& level,
                        const VerdictOptions& options) {
  Candidate candidate = {.end = first};
  do {
    const std::vector<double>& run = runs[candidate.end++];
    candidate.samples.insert(candidate.samples.end(), run.begin(), run.end());
    candidate.comparison = CompareSpeed(candidate.samples, level, options);
  } while (candidate.IsUndecidable() && candidate.end < runs.size());
  return candidate;
}

}  // namespace

std::vector<ChangePoint> FindChangePoints(Runs runs, const VerdictOptions& options) {
  std::vector<ChangePoint> changes;
  if (runs.empty()) return changes;
  std::vector<double> level = runs[0];
  size_t first = 1;
  while (first < runs.size()) {
    Candidate candidate = CandidateFrom(first, runs, level, options);
    if (!candidate.IsChange()) {
      // That run alone: the level may change with one of the others.
      level.insert(level.end(), runs[first].begin(), runs[first].end());
      ++first;
      continue;
    }
    bool confirmed = false;
    bool refuted = false;
    if (candidate.end < runs.size()) {
      const Candidate next = CandidateFrom(candidate.end, runs, level, options);
      confirmed = next.comparison.verdict == candidate.comparison.verdict;
      refuted = !confirmed && !next.IsUndecidable();
    }
    if (!refuted) {
      changes.push_back({.run = first, .comparison = candidate.comparison, .confirmed = confirmed});
      level = std::move(candidate.samples);
    }
    first = candidate.end;
  }
  return changes;
}

}  // namespace attune
