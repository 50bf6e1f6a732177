#include "testing/report/options.h"

#include <cmath>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace attune {

const char kHelp[] = R"(gpu_test COMMAND [TARGET] [FLAGS]

commands
  test       run the GPU tests
  benchmark  time plans and kernels: medians over repetitions, GFLOP/s
  profile    run a kernel of each dtype under Nsight Compute (ncu)
  validate   run standard problems on the GPU against an fp64 reference, and say
             what the GPU is and which kernel family serves which problem
  clean      remove the files that gpu_test wrote, and no others

targets
  attention        the attention operator, as testing/gpu tests it
  flash_attention  the operator and its kernel families: all tests of attention
  ternary          products with ternary weights; BLOCKED in a build that has none
  all              everything there is, the device layer too (the default)

flags
  --iterations N   repetitions: of the tests (1), of each benchmark (10), of
                   kernels profiled (1), of each validation (1)
  --min-vram GB    go on only if the GPU has so much free memory (10^9 bytes)
  --release        programs built without assertions
  --verbose        show what the programs print
  --timeout SECONDS   for each program (600)
  --report-dir DIR    where reports go (gpu_test_reports)

Writes COMMAND.json, COMMAND.xml (JUnit) and COMMAND.html.
Exit code: 0 PASS, 1 FAIL, 2 BLOCKED: what was asked could not be tried here,
for want of a GPU, of memory, of a profiler. A test that skips itself is no PASS.
)";

namespace {

const std::map<std::string, Command, std::less<>>& Commands() {
  static const auto* const commands = new std::map<std::string, Command, std::less<>>{
      {"test", Command::kTest},       {"benchmark", Command::kBenchmark},
      {"profile", Command::kProfile}, {"validate", Command::kValidate},
      {"clean", Command::kClean},     {"help", Command::kHelp}};
  return *commands;
}

const std::map<std::string, Target, std::less<>>& Targets() {
  static const auto* const targets =
      new std::map<std::string, Target, std::less<>>{{"flash_attention", Target::kFlashAttention},
                                                     {"attention", Target::kAttention},
                                                     {"ternary", Target::kTernary},
                                                     {"all", Target::kAll}};
  return *targets;
}

template <typename Value>
std::string NamesOf(const std::map<std::string, Value, std::less<>>& values) {
  return absl::StrJoin(
      values, ", ", [](std::string* out, const auto& entry) { absl::StrAppend(out, entry.first); });
}

template <typename Value>
absl::StatusOr<Value> Find(const std::map<std::string, Value, std::less<>>& values,
                           absl::string_view what, const std::string& name) {
  const auto found = values.find(name);
  if (found != values.end()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat("there is no ", what, " \"", name, "\"; there are ", NamesOf(values)));
}

template <typename Value>
std::string NameOf(const std::map<std::string, Value, std::less<>>& values, Value value) {
  for (const auto& [name, named] : values) {
    if (named == value) return name;
  }
  return "";
}

absl::Status SetIterations(const std::string& text, Options& options) {
  if (absl::SimpleAtoi(text, &options.iterations) && options.iterations >= 1 &&
      options.iterations <= 100000) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--iterations is \"", text, "\"; expected a number from 1 to 100000"));
}

// A finite number above `least`.
absl::StatusOr<double> ParseNumber(absl::string_view flag, const std::string& text, double least) {
  double value = 0;
  if (absl::SimpleAtod(text, &value) && std::isfinite(value) && value >= least) return value;
  return absl::InvalidArgumentError(
      absl::StrCat(flag, " is \"", text, "\"; expected a number of at least ", least));
}

// Flags with a value. Whether there is one of this name.
absl::StatusOr<bool> SetValue(const std::string& flag, const std::string& value, Options& options) {
  if (flag == "--iterations") {
    ATTUNE_RETURN_IF_ERROR(SetIterations(value, options));
  } else if (flag == "--min-vram") {
    ATTUNE_ASSIGN_OR_RETURN(options.min_vram_gb, ParseNumber(flag, value, 0));
  } else if (flag == "--timeout") {
    ATTUNE_ASSIGN_OR_RETURN(const double seconds, ParseNumber(flag, value, 1));
    options.timeout = absl::Seconds(seconds);
  } else if (flag == "--report-dir" || flag == "--bundle") {
    if (value.empty()) return absl::InvalidArgumentError(absl::StrCat(flag, " names no folder"));
    (flag == "--bundle" ? options.bundle : options.report_dir) = value;
  } else {
    return false;
  }
  return true;
}

bool TakesValue(const std::string& flag) {
  return flag == "--iterations" || flag == "--min-vram" || flag == "--timeout" ||
         flag == "--report-dir" || flag == "--bundle";
}

bool SetSwitch(const std::string& flag, Options& options) {
  if (flag == "--verbose") {
    options.verbose = true;
  } else if (flag == "--release") {
    options.release = true;
  } else if (flag == "--without_bundle") {
    options.without_bundle = true;
  } else {
    return false;
  }
  return true;
}

absl::Status SetFlag(const std::vector<std::string>& arguments, size_t& i, Options& options) {
  const std::string& argument = arguments[i];
  if (SetSwitch(argument, options)) return absl::OkStatus();
  const size_t equals = argument.find('=');
  const std::string flag = argument.substr(0, equals);
  std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
  if (equals == std::string::npos && TakesValue(flag)) {
    if (i + 1 == arguments.size()) {
      return absl::InvalidArgumentError(absl::StrCat(flag, " needs a value"));
    }
    value = arguments[++i];
  }
  ATTUNE_ASSIGN_OR_RETURN(const bool known, SetValue(flag, value, options));
  if (known) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("there is no flag \"", argument, "\""));
}

absl::Status SetNames(const std::vector<std::string>& names, Options& options) {
  if (names.empty()) return absl::InvalidArgumentError("no command was given");
  ATTUNE_ASSIGN_OR_RETURN(options.command, Find(Commands(), "command", names[0]));
  if (names.size() > 1) {
    ATTUNE_ASSIGN_OR_RETURN(options.target, Find(Targets(), "target", names[1]));
  }
  if (names.size() > 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("one command and one target are expected; \"", names[2], "\" is left over"));
  }
  return absl::OkStatus();
}

}  // namespace

std::string CommandName(Command command) { return NameOf(Commands(), command); }
std::string TargetName(Target target) { return NameOf(Targets(), target); }

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  options.iterations = 0;
  std::vector<std::string> names;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--help" || arguments[i] == "-h") return Options{};
    if (absl::StartsWith(arguments[i], "-")) {
      ATTUNE_RETURN_IF_ERROR(SetFlag(arguments, i, options));
    } else {
      names.push_back(arguments[i]);
    }
  }
  ATTUNE_RETURN_IF_ERROR(SetNames(names, options));
  if (options.iterations == 0) options.iterations = options.command == Command::kBenchmark ? 10 : 1;
  return options;
}

}  // namespace attune
