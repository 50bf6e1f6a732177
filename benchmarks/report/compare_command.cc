#include "benchmarks/report/compare_command.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/working_directory.h"
#include "benchmarks/report/run_comparison.h"
#include "measurements/result_file.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(compare OLD.json NEW.json [FLAGS]

Compares the raw samples of two result files (Google Benchmark's JSON), benchmark by benchmark:
how many times as long NEW takes as OLD, with an interval by the Wilcoxon-Mann-Whitney test.

  SAME       the interval at 95 % lies within the bound
  FASTER     else the interval lies below 1
  SLOWER     or above 1
  AMBIGUOUS  neither: more samples would tell

flags
  --bound=PERCENT       what counts as no change (1)
  --confidence=PERCENT  of the interval (99.5: 5 samples against 6 can decide, 5 against 5 not)
  --json                prints JSON in place of a table

Exit code: 0 nothing became slower, 1 something did or failed that was measured before,
2 the files could not be compared.
)";

struct CompareOptions {
  std::vector<std::string> paths;
  VerdictOptions verdict;
  bool json = false;
  bool help = false;
};

absl::StatusOr<double> ParsePercent(absl::string_view text) {
  double percent = 0;
  if (absl::SimpleAtod(text, &percent) && percent > 0 && percent < 100) return percent / 100;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no percentage between 0 and 100"));
}

absl::StatusOr<CompareOptions> ParseCompareOptions(const std::vector<std::string>& arguments) {
  CompareOptions options;
  for (const std::string& argument : arguments) {
    absl::string_view value = argument;
    if (argument == "--help" || argument == "-h") {
      options.help = true;
    } else if (argument == "--json") {
      options.json = true;
    } else if (absl::ConsumePrefix(&value, "--bound=")) {
      ATTUNE_ASSIGN_OR_RETURN(options.verdict.bound, ParsePercent(value));
    } else if (absl::ConsumePrefix(&value, "--confidence=")) {
      ATTUNE_ASSIGN_OR_RETURN(options.verdict.confidence, ParsePercent(value));
    } else if (absl::StartsWith(argument, "-")) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no flag ", argument, "; --help lists them"));
    } else {
      options.paths.push_back(argument);
    }
  }
  if (!options.help && options.paths.size() != 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "two files are expected, the old and the new, not ", options.paths.size(), "; see --help"));
  }
  return options;
}

absl::StatusOr<ResultFile> Read(const std::string& path, std::ostream& err) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string json, ReadFile(FromWorkingDirectory(path)));
  absl::StatusOr<ResultFile> file = ParseResultFile(json);
  if (!file.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", file.status().message()));
  }
  for (const std::string& problem : file->problems) {
    err << "compare: " << path << ": left out: " << problem << "\n";
  }
  return file;
}

absl::StatusOr<int> Compare(const std::vector<std::string>& arguments, std::ostream& out,
                            std::ostream& err) {
  ATTUNE_ASSIGN_OR_RETURN(const CompareOptions options, ParseCompareOptions(arguments));
  if (options.help) {
    out << kHelp;
    return 0;
  }
  ATTUNE_ASSIGN_OR_RETURN(const ResultFile old_file, Read(options.paths[0], err));
  ATTUNE_ASSIGN_OR_RETURN(const ResultFile new_file, Read(options.paths[1], err));
  const RunComparison comparison = CompareRuns(old_file, new_file, options.verdict);
  if (comparison.compared.empty() && comparison.failed_now.empty()) {
    return absl::InvalidArgumentError("the files have no benchmark in common");
  }
  out << (options.json ? ComparisonJson(comparison) : ComparisonTable(comparison));
  return HasRegression(comparison) ? 1 : 0;
}

}  // namespace

int RunCompareCommand(const std::vector<std::string>& arguments, std::ostream& out,
                      std::ostream& err) {
  const absl::StatusOr<int> code = Compare(arguments, out, err);
  if (code.ok()) return *code;
  err << "compare: " << code.status().message() << "\n";
  return 2;
}

}  // namespace attune
