// What replays say of strategies, for people and for programs.
#ifndef ATTUNE_AUTOTUNE_REPLAY_REPORT_H_
#define ATTUNE_AUTOTUNE_REPLAY_REPORT_H_

#include <string>
#include <vector>

#include "autotune/replay/assessment.h"
#include "autotune/replay/recorded_search.h"

namespace attune {

// All strategies on one recorded search.
struct ReplayResult {
  std::string name;  // of the recorded search
  RecordedSearch search;
  std::vector<Assessment> assessments;
};

// A heading, then a line a strategy: the fraction of the optimum after shares of the evaluations,
// and evaluations and seconds to 95 % and 99 %, as medians over the seeds; "-" where the median
// search did not get there.
std::string FormatReplay(const ReplayResult& result);

// All numbers of all results: one JSON object.
std::string ReplayJson(const std::vector<ReplayResult>& results, const AssessmentOptions& options);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_REPLAY_REPORT_H_
