#include "benchmarks/benchmark_program.h"

#include <algorithm>
#include <cmath>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/build_commit.h"
#include "base/working_directory.h"
#include "benchmarks/run_context.h"

namespace attune {
namespace {

constexpr char kOutFlag[] = "--benchmark_out=";
constexpr char kFilterFlag[] = "--benchmark_filter=";

constexpr char kExitCodes[] = R"(
Exit code: 0 everything ran, 1 something failed or --benchmark_filter matched nothing, 2 BLOCKED:
this machine has not what is measured. docs/benchmarks.md says what names and counters mean.

Flags of Google Benchmark's; --benchmark_filter chooses, --benchmark_out=FILE.json keeps:
)";

bool filter_given = false;
int failures = 0;

bool IsHelp(const std::string& argument) { return argument == "--help" || argument == "-h"; }

// The program's name, the defaults, and what was given, which counts where a flag is there twice.
std::vector<std::string> AllArguments(const std::vector<std::string>& given,
                                      const std::vector<std::string>& defaults) {
  std::vector<std::string> all = {given.front()};
  all.insert(all.end(), defaults.begin(), defaults.end());
  for (size_t i = 1; i < given.size(); ++i) {
    absl::string_view path = given[i];
    all.push_back(absl::ConsumePrefix(&path, kOutFlag)
                      ? absl::StrCat(kOutFlag, FromWorkingDirectory(std::string(path)))
                      : given[i]);
  }
  return all;
}

// Google Benchmark's initialisation; returns the arguments that it does not know.
std::vector<std::string> InitializeLibrary(std::vector<std::string> arguments) {
  // The library keeps the program's name.
  static auto* const program = new std::string;
  *program = arguments.front();
  std::vector<char*> pointers = {program->data()};
  for (size_t i = 1; i < arguments.size(); ++i) pointers.push_back(arguments[i].data());
  int count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  benchmark::Initialize(&count, pointers.data());
  return std::vector<std::string>(pointers.begin() + 1, pointers.begin() + count);
}

absl::Status TakeOwnFlag(const std::string& argument, const BenchmarkProgram& program) {
  const size_t equals = argument.find('=');
  const bool is_flag = absl::StartsWith(argument, "--") && equals != std::string::npos;
  const std::string name = is_flag ? argument.substr(2, equals - 2) : "";
  const std::string value = is_flag ? argument.substr(equals + 1) : "";
  if (const auto path = program.paths.find(name); path != program.paths.end() && !value.empty()) {
    *path->second = FromWorkingDirectory(value);
    return absl::OkStatus();
  }
  const auto number = program.numbers.find(name);
  if (number == program.numbers.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown or malformed argument \"", argument, "\"; see --help"));
  }
  double parsed = 0;
  if (!absl::SimpleAtod(value, &parsed) || !std::isfinite(parsed) || parsed < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", name, " is \"", value, "\"; expected a number that is not negative"));
  }
  *number->second = parsed;
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> OneSampleARepetition(int repetitions) {
  // A minimal time that any sample reaches.
  return {absl::StrCat("--benchmark_repetitions=", repetitions), "--benchmark_min_time=1e-9",
          "--benchmark_display_aggregates_only=true", "--benchmark_counters_tabular=true"};
}

std::optional<int> StartBenchmarks(int argc, char** argv, const BenchmarkProgram& program) {
  const std::vector<std::string> given(argv, argv + argc);
  if (std::any_of(given.begin() + 1, given.end(), IsHelp)) {
    std::cout << program.help << kExitCodes << std::flush;
    benchmark::PrintDefaultHelp();
    return 0;
  }
  filter_given = std::any_of(given.begin(), given.end(), [](const std::string& argument) {
    return absl::StartsWith(argument, kFilterFlag);
  });
  for (const std::string& argument : InitializeLibrary(AllArguments(given, program.defaults))) {
    const absl::Status taken = TakeOwnFlag(argument, program);
    if (taken.ok()) continue;
    std::cerr << taken.message() << "\n";
    return 1;
  }
  benchmark::AddCustomContext("commit", kBuildCommit);
  benchmark::AddCustomContext("dirty", kBuildDirty);
  benchmark::AddCustomContext("command", CommandLine(given));
  return std::nullopt;
}

void FailBenchmark(benchmark::State& state, const absl::Status& status) {
  ++failures;
  state.SkipWithError(status.ToString().c_str());
}

int RunBenchmarks() {
  if (benchmark::RunSpecifiedBenchmarks() == 0 && filter_given) {
    std::cerr << "Nothing was run: --benchmark_list_tests=true prints what there is to match.\n";
    return 1;
  }
  return failures == 0 ? 0 : 1;
}

int Blocked(const absl::Status& why) {
  std::cout << "BLOCKED: " << why.message() << std::endl;
  return 2;
}

}  // namespace attune
