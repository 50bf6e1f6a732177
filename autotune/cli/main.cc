// The command line of the tuner. What can be tuned is what the binary was linked with: see BUILD.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "autotune/bench/isolated_bench.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/cli/cache/preset_command.h"
#include "autotune/cli/command_flags.h"
#include "autotune/cli/command_line.h"
#include "autotune/cli/flag_help.h"
#include "autotune/cli/replay_line.h"
#include "autotune/cli/tune/stability_command.h"
#include "autotune/cli/tune/tune_command.h"
#include "autotune/workload/workload.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"

ABSL_FLAG(std::string, device, "",
          "device to tune for: cpu; cuda:0; cuda:all, every GPU, which are to be of one model; all "
          "that are here if not given");
ABSL_FLAG(std::string, family, "", "tune only this kernel family");
ABSL_FLAG(std::string, workloads, "",
          "suite to tune (text protobuf, autotune/workload/suite.proto) in place of the devices' "
          "default");
ABSL_FLAG(std::string, workload, "",
          "one workload to tune in place of a suite, as `list` prints it: "
          "\"attention_forward[dtype=bf16 ...] batch=1 ...\"");
ABSL_FLAG(std::string, model, "",
          "export_preset: the device model whose entries are exported, as `list` prints it; not "
          "needed where the cache holds those of one");
ABSL_FLAG(std::string, strategy, "",
          "order of the search: exhaustive, genetic, halving, local, model, random; model if not "
          "given. replay: the only strategy to judge");
ABSL_FLAG(uint64_t, seed, 1, "seed of the search and of the inputs");
ABSL_FLAG(double, budget_seconds, 50, "time for all workloads together; 0 for no limit");
ABSL_FLAG(int64_t, budget_evaluations, 0,
          "configurations to try for each workload and family; 0 for no limit");
ABSL_FLAG(double, budget_share, 0,
          "share of each space to try, but at least 64 configurations; 0 for as much as the "
          "strategy needs: all for exhaustive, a tenth for the others");
ABSL_FLAG(bool, missing_only, false, "tune only what the cache has no entry for");
ABSL_FLAG(int, times, 10, "stability: how often each workload is tuned");
ABSL_FLAG(bool, fresh, false, "stability: forget each result before the next tune");
ABSL_FLAG(std::string, cache_dir, "",
          "where results are kept; $ATTUNE_CACHE_DIR, else $XDG_CACHE_HOME/attune, else "
          "~/.cache/attune if not given");
// Of command_line.cc.
ABSL_DECLARE_FLAG(bool, json);

namespace attune {
namespace {

constexpr char kUsage[] =
    R"(autotune finds the fastest configuration of each kernel for this machine.

  autotune                     tune the default workloads of every device, in under a minute
  autotune stability           tune one workload again and again: is the winner always as good?
  autotune export_preset FILE  write the entries of one device model as a preset
  autotune replay [FILE...]    judge search strategies on recorded searches, without a device
  autotune record LOG FILE     make a recorded search of the trial log of an exhaustive one
%s
`autotune explain --help` says more of explain, and so for each of these; --json prints JSON.

Flags of tuning, with their defaults:

%s
Under Bazel, what stands behind -- goes to autotune:
  tools/bazel run autotune -- --workloads=my.suite.textproto --budget_seconds=600

Exit code: 0 all went well, 1 something did not (a workload that no family can run is an error too),
130 interrupted (what was tuned is kept). More in docs/tuning.md.
)";

// Of tune itself, and of stability; main.cc has those of other commands besides.
constexpr const char* kTuneFlags[] = {
    "device", "family",         "workloads",          "workload",     "strategy",
    "seed",   "budget_seconds", "budget_evaluations", "budget_share", "missing_only",
    "json"};

constexpr char kExportPresetHelp[] =
    R"(autotune export_preset FILE: write the entries of one device model as a preset

  --model=NAME          whose entries, as `list` prints it; not needed where the cache holds one's
  --cache_dir=DIR       the cache, in place of $ATTUNE_CACHE_DIR

Entries of another build than this program's are named and left out. More in docs/tuning.md.
)";

constexpr char kStabilityHelp[] =
    R"(autotune stability: tune again and again; exit code 1 if a winner left the first one's tie set

  --times=10            how often each workload is tuned
  --fresh               forget each result before the next tune: no incumbent keeps its place
  --json                print JSON in place of text

Takes the flags of tuning too, but for --missing_only. Entries and trial logs go to the folder
`stability` of the cache, and not among those that are used. More in docs/tuning_commands.md.
)";

std::atomic<bool> g_interrupted = false;

// The first Ctrl-C ends the tuning in good order, a second one ends the process.
void HandleInterrupt(int signal_number) {
  g_interrupted = true;
  signal(signal_number, SIG_DFL);
}

// Bazel runs binaries in a directory of its own; what people type is relative to theirs.
std::string FromWorkingDirectory(const std::string& path) {
  const char* directory = std::getenv("BUILD_WORKING_DIRECTORY");
  if (directory == nullptr || path.empty() || path.front() == '/') return path;
  return absl::StrCat(directory, "/", path);
}

absl::StatusOr<std::string> CacheDirectoryPath() {
  const std::string flag = absl::GetFlag(FLAGS_cache_dir);
  if (!flag.empty()) return FromWorkingDirectory(flag);
  return DefaultCacheDirectory([](const char* name) { return std::getenv(name); });
}

absl::StatusOr<std::vector<NamedWorkload>> WorkloadsFromFlags() {
  const std::string suite = absl::GetFlag(FLAGS_workloads);
  const std::string workload = absl::GetFlag(FLAGS_workload);
  if (!suite.empty() && !workload.empty()) {
    return absl::InvalidArgumentError("give --workloads or --workload, not both");
  }
  if (!suite.empty()) {
    ATTUNE_ASSIGN_OR_RETURN(const std::string text, ReadFile(FromWorkingDirectory(suite)));
    return ParseSuite(text, suite);
  }
  std::vector<NamedWorkload> workloads;
  if (!workload.empty()) {
    ATTUNE_ASSIGN_OR_RETURN(const Workload parsed, Workload::Parse(workload));
    workloads.push_back({"workload", parsed});
  }
  return workloads;
}

absl::StatusOr<TuneCommandOptions> TuneOptionsFromFlags(const std::string& cache_directory) {
  TuneCommandOptions options;
  const double seconds = absl::GetFlag(FLAGS_budget_seconds);
  const int64_t evaluations = absl::GetFlag(FLAGS_budget_evaluations);
  const double share = absl::GetFlag(FLAGS_budget_share);
  if (!(seconds >= 0) || evaluations < 0) {
    return absl::InvalidArgumentError(
        "--budget_seconds and --budget_evaluations take numbers of at least 0");
  }
  if (!(share >= 0 && share <= 1)) {
    return absl::InvalidArgumentError("--budget_share takes a number from 0 to 1");
  }
  options.device = absl::GetFlag(FLAGS_device);
  options.family = absl::GetFlag(FLAGS_family);
  ATTUNE_ASSIGN_OR_RETURN(options.workloads, WorkloadsFromFlags());
  const std::string strategy = absl::GetFlag(FLAGS_strategy);
  if (!strategy.empty()) options.strategy = strategy;
  options.seed = absl::GetFlag(FLAGS_seed);
  if (seconds > 0) options.budget = absl::Seconds(seconds);
  if (evaluations > 0) options.evaluations = evaluations;
  if (share > 0) options.share = share;
  options.cache_directory = cache_directory;
  options.is_terminal = isatty(STDOUT_FILENO) != 0;
  options.missing_only = absl::GetFlag(FLAGS_missing_only);
  options.json = absl::GetFlag(FLAGS_json);
  options.cancelled = &g_interrupted;
  return options;
}

absl::Status Tune(TuneCommandOptions options) {
  IsolatedBenches benches;
  options.open_bench = [&benches](const auto&... arguments) { return benches.Open(arguments...); };
  signal(SIGINT, HandleInterrupt);
  return RunTuneCommand(options, std::cout);
}

absl::Status Stability(TuneCommandOptions options) {
  IsolatedBenches benches;
  options.open_bench = [&benches](const auto&... arguments) { return benches.Open(arguments...); };
  signal(SIGINT, HandleInterrupt);
  return RunStabilityCommand(
      {.tune = options, .times = absl::GetFlag(FLAGS_times), .fresh = absl::GetFlag(FLAGS_fresh)},
      std::cout);
}

CommonOptions Common(const std::string& cache_directory) {
  return {.cache_directory = cache_directory,
          .device = absl::GetFlag(FLAGS_device),
          .family = absl::GetFlag(FLAGS_family),
          .workload = absl::GetFlag(FLAGS_workload),
          .seed = absl::GetFlag(FLAGS_seed),
          .from_working_directory = FromWorkingDirectory};
}

std::string GeneralHelp() {
  return absl::StrFormat(kUsage, CommandSummaries(), FlagHelp("autotune/cli/main.cc"));
}

// "" for tune, and for what is no command.
std::string HelpOf(const std::string& command) {
  if (command == "export_preset") return kExportPresetHelp;
  if (command == "stability") return kStabilityHelp;
  return CommandHelp(command) + ReplayHelp(command);
}

absl::Status CheckFlagsOf(const std::string& command) {
  const std::string help = HelpOf(command);
  const bool tunes = command == "tune" || command == "stability";
  // What is no command is an error of its own.
  if (!tunes && help.empty()) return absl::OkStatus();
  std::set<std::string> flags = FlagsDescribedIn(help);
  // All run on some cache, or have kernels compiled.
  flags.insert("cache_dir");
  if (tunes) flags.insert(std::begin(kTuneFlags), std::end(kTuneFlags));
  return CheckFlags(command, flags);
}

// The help of the command that the command line names, if it asks for that; else "".
std::string HelpAskedFor(int argc, char** argv) {
  bool asked = false;
  std::string command;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    asked |= argument == "--help" || argument == "-help";
    if (command.empty() && !argument.empty() && argument.front() != '-') command = argument;
  }
  if (!asked) return "";
  const std::string help = HelpOf(command);
  return help.empty() ? GeneralHelp() : help;
}

absl::Status Run(const std::vector<std::string>& arguments) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string cache_directory, CacheDirectoryPath());
  // What families keep there themselves, compiled kernels, they find by the environment.
  setenv("ATTUNE_CACHE_DIR", cache_directory.c_str(), /*overwrite=*/1);
  const std::string command = arguments.empty() ? "tune" : arguments[0];
  ATTUNE_RETURN_IF_ERROR(CheckFlagsOf(command));
  const size_t operands = arguments.empty() ? 0 : arguments.size() - 1;
  if ((command == "tune" || command == "stability") && operands == 0) {
    ATTUNE_ASSIGN_OR_RETURN(const TuneCommandOptions options,
                            TuneOptionsFromFlags(cache_directory));
    return command == "tune" ? Tune(options) : Stability(options);
  }
  if (!CommandHelp(command).empty()) {
    return RunCommand(command, {arguments.begin() + 1, arguments.end()}, Common(cache_directory),
                      std::cout);
  }
  if (command == "export_preset" && operands == 1) {
    return RunExportPresetCommand(cache_directory, absl::GetFlag(FLAGS_model),
                                  FromWorkingDirectory(arguments[1]), std::cout);
  }
  if (!ReplayHelp(command).empty()) {
    return RunReplayLine(command, {arguments.begin() + 1, arguments.end()},
                         absl::GetFlag(FLAGS_strategy), FromWorkingDirectory, std::cout);
  }
  if (command == "tune" || command == "stability") return WrongOperands(command, "", operands);
  if (command == "export_preset") return WrongOperands(command, "FILE", operands);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no command '", command,
                   "'; there are tune, stability, export_preset FILE, replay [FILE...], record LOG "
                   "FILE, ",
                   CommandNames(), "; see --help"));
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  // Kernels are compiled and tried in processes of their own, which are this program.
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  if (const std::string help = attune::HelpAskedFor(argc, argv); !help.empty()) {
    std::fputs(help.c_str(), stdout);
    return 0;
  }
  absl::SetProgramUsageMessage(attune::GeneralHelp());
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const absl::Status status =
      attune::Run(std::vector<std::string>(arguments.begin() + 1, arguments.end()));
  if (status.ok()) return 0;
  std::cout << std::flush;
  std::fprintf(stderr, "autotune: %s\n", std::string(status.message()).c_str());
  return absl::IsCancelled(status) ? 130 : 1;
}
