// How a GoogleTest program's run is judged.
#ifndef ATTUNE_TESTING_REPORT_TEST_VERDICT_H_
#define ATTUNE_TESTING_REPORT_TEST_VERDICT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "testing/report/process.h"
#include "testing/report/report.h"

namespace attune {

// The reason in a program's line "BLOCKED: reason"; nullopt if it exited otherwise than with 2 or
// printed no such line.
std::optional<std::string> BlockedReason(const ProcessResult& process);

// The last `lines` lines of `output`.
std::string Tail(absl::string_view output, int lines);

// The cases of a run that wrote `json` (nullopt: no file). A program that found no GPU, crashed,
// ran too long, reported nothing, or ended badly though no case of it failed gets a case of its
// own,
// "(program)", with the end of what it printed.
std::vector<CaseResult> JudgeTest(absl::string_view program, const ProcessResult& process,
                                  const std::optional<std::string>& json);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_TEST_VERDICT_H_
