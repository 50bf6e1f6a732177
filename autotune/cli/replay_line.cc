#include "autotune/cli/replay_line.h"

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "autotune/cli/replay_command.h"

ABSL_FLAG(int, seeds, 50, "replay: how often each strategy searches");
ABSL_FLAG(int, compilers, 32, "replay: candidates compiled side by side");
ABSL_FLAG(double, max_share, 1, "replay: searches end after this share of the candidates");
ABSL_FLAG(bool, cold, false,
          "replay: searches start from a random candidate in place of what runs untuned");
// Of command_line.cc, whose commands print JSON too.
ABSL_DECLARE_FLAG(bool, json);

namespace attune {
namespace {

// Where `bazel run` starts a program, and in a checkout, the recorded searches are found so.
constexpr char kRecordedSearches[] = "autotune/replay/recorded";

constexpr char kReplayHelp[] =
    R"(autotune replay [FILE...]: judge search strategies on recorded searches, without a device

  --strategy=NAME       only this one; all if not given
  --seeds=50            how often each searches
  --compilers=32        how many configurations are compiled side by side
  --max_share=1         searches end after this share of the candidates
  --cold                begin at a random candidate in place of what runs untuned
  --json                print JSON in place of tables

FILE is a recorded search (*.search.pb) or a directory of them; those of the repository if not given.
More in docs/search.md.
)";

constexpr char kRecordHelp[] =
    R"(autotune record LOG FILE: make a recorded search of the trial log of an exhaustive one

LOG lies under trials/ in the cache's directory after
  autotune --strategy=exhaustive --budget_seconds=0 --workload="..."
FILE's name ends in .search.pb; `autotune replay FILE` judges strategies on it.
More in docs/search.md.
)";

}  // namespace

std::string ReplayHelp(absl::string_view command) {
  if (command == "replay") return kReplayHelp;
  return command == "record" ? kRecordHelp : "";
}

absl::Status RunReplayLine(
    absl::string_view command, const std::vector<std::string>& operands,
    const std::string& strategy,
    const std::function<std::string(const std::string& path)>& from_working_directory,
    std::ostream& out) {
  if (command == "record") {
    if (operands.size() != 2) {
      return absl::InvalidArgumentError(
          absl::StrCat("record takes LOG and FILE, not ", operands.size(), " operands"));
    }
    return RunRecordCommand(from_working_directory(operands[0]),
                            from_working_directory(operands[1]), out);
  }
  ReplayCommandOptions options;
  for (const std::string& path : operands) options.paths.push_back(from_working_directory(path));
  if (operands.empty()) options.paths = {kRecordedSearches};
  options.strategy = strategy;
  options.assessment.seeds = absl::GetFlag(FLAGS_seeds);
  options.assessment.compilers = absl::GetFlag(FLAGS_compilers);
  options.assessment.max_share = absl::GetFlag(FLAGS_max_share);
  options.assessment.cold = absl::GetFlag(FLAGS_cold);
  options.json = absl::GetFlag(FLAGS_json);
  return RunReplayCommand(options, out);
}

}  // namespace attune
