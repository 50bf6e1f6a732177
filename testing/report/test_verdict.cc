#include "testing/report/test_verdict.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "testing/report/gtest_results.h"

namespace attune {
namespace {

constexpr int kTailLines = 30;

CaseResult OfProgram(absl::string_view program, Outcome outcome, const ProcessResult& process,
                     const std::string& message) {
  return {.program = std::string(program),
          .name = "(program)",
          .outcome = outcome,
          .seconds = absl::ToDoubleSeconds(process.duration),
          .message = message};
}

CaseResult Failed(absl::string_view program, const ProcessResult& process,
                  absl::string_view message) {
  return OfProgram(program, Outcome::kFailed, process,
                   absl::StrCat(message, "\n", Tail(process.output, kTailLines)));
}

bool AnyFailed(const std::vector<CaseResult>& cases) {
  return std::any_of(cases.begin(), cases.end(),
                     [](const CaseResult& result) { return result.outcome == Outcome::kFailed; });
}

}  // namespace

std::optional<std::string> BlockedReason(const ProcessResult& process) {
  if (process.signal != 0 || process.timed_out || process.exit_code != 2) return std::nullopt;
  for (absl::string_view line : absl::StrSplit(process.output, '\n')) {
    if (absl::ConsumePrefix(&line, "BLOCKED: ")) return std::string(line);
  }
  return std::nullopt;
}

std::string Tail(absl::string_view output, int lines) {
  absl::ConsumeSuffix(&output, "\n");
  size_t begin = output.size();
  for (int line = 0; line < lines; ++line) {
    begin = begin == 0 ? absl::string_view::npos : output.rfind('\n', begin - 1);
    if (begin == absl::string_view::npos) return std::string(output);
  }
  return std::string(output.substr(begin + 1));
}

std::vector<CaseResult> JudgeTest(absl::string_view program, const ProcessResult& process,
                                  const std::optional<std::string>& json) {
  if (const auto reason = BlockedReason(process)) {
    return {OfProgram(program, Outcome::kBlocked, process, *reason)};
  }
  if (process.timed_out || process.signal != 0 || !json.has_value()) {
    return {Failed(program, process, process.Describe())};
  }
  absl::StatusOr<std::vector<CaseResult>> cases = ParseGtestJson(program, *json);
  if (!cases.ok()) return {Failed(program, process, cases.status().message())};
  if (process.exit_code != 0 && !AnyFailed(*cases)) {
    cases->push_back(
        Failed(program, process, absl::StrCat(process.Describe(), ", though no test failed")));
  }
  return *std::move(cases);
}

}  // namespace attune
