// The command line of the tuner. What can be tuned is what the binary was linked with: see BUILD.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "autotune/cli/command_line.h"
#include "autotune/cli/preset_command.h"
#include "autotune/cli/replay_command.h"
#include "autotune/cli/tune_command.h"
#include "autotune/isolated_bench.h"
#include "autotune/tuning_cache.h"
#include "autotune/workload.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"

ABSL_FLAG(std::string, device, "",
          "device to tune for: cpu; cuda:0; cuda:all, every GPU, which are to be of one model; all "
          "that are here if not given");
ABSL_FLAG(std::string, family, "", "tune only this kernel family");
ABSL_FLAG(std::string, workloads, "",
          "suite to tune (text protobuf, autotune/suite.proto) in place of the devices' default");
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
ABSL_FLAG(std::string, cache_dir, "",
          "where results are kept; $ATTUNE_CACHE_DIR, else $XDG_CACHE_HOME/attune, else "
          "~/.cache/attune if not given");
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

constexpr char kUsage[] = R"(finds the fastest configuration of each kernel for this machine.

  autotune               tune the default workloads of every device, in under a minute
  autotune export_preset FILE
                         write the entries of one device model as a preset (autotune/presets)
  autotune replay [FILE...]
                         judge search strategies on recorded searches, without a device
  autotune record LOG FILE
                         make a recorded search of the trial log of an exhaustive one
%s
`autotune explain --help` says more of explain, and so for each of these.

Under Bazel, what stands behind -- goes to autotune:
  tools/bazel run autotune -- --workloads=my.suite.textproto --budget_seconds=600

Exit code: 0 all went well, 1 something did not (a workload that no family can run is an error too),
130 interrupted (what was tuned is kept).)";

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

absl::Status Tune(const std::string& cache_directory) {
  TuneCommandOptions options;
  const double seconds = absl::GetFlag(FLAGS_budget_seconds);
  const int64_t evaluations = absl::GetFlag(FLAGS_budget_evaluations);
  const double share = absl::GetFlag(FLAGS_budget_share);
  if (!(seconds >= 0) || evaluations < 0 || !(share >= 0)) {
    return absl::InvalidArgumentError(
        "--budget_seconds, --budget_evaluations and --budget_share take numbers of at least 0");
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
  options.cancelled = &g_interrupted;
  IsolatedBenches benches;
  options.open_bench = [&benches](const auto&... arguments) { return benches.Open(arguments...); };
  signal(SIGINT, HandleInterrupt);
  return RunTuneCommand(options, std::cout);
}

absl::Status Replay(const std::vector<std::string>& files) {
  ReplayCommandOptions options;
  for (const std::string& file : files) options.paths.push_back(FromWorkingDirectory(file));
  if (files.empty()) options.paths = {kRecordedSearches};
  options.strategy = absl::GetFlag(FLAGS_strategy);
  options.assessment.seeds = absl::GetFlag(FLAGS_seeds);
  options.assessment.compilers = absl::GetFlag(FLAGS_compilers);
  options.assessment.max_share = absl::GetFlag(FLAGS_max_share);
  options.assessment.cold = absl::GetFlag(FLAGS_cold);
  options.json = absl::GetFlag(FLAGS_json);
  return RunReplayCommand(options, std::cout);
}

CommonOptions Common(const std::string& cache_directory) {
  return {.cache_directory = cache_directory,
          .device = absl::GetFlag(FLAGS_device),
          .family = absl::GetFlag(FLAGS_family),
          .workload = absl::GetFlag(FLAGS_workload),
          .seed = absl::GetFlag(FLAGS_seed),
          .from_working_directory = FromWorkingDirectory};
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
  return asked ? CommandHelp(command) : "";
}

absl::Status Run(const std::vector<std::string>& arguments) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string cache_directory, CacheDirectoryPath());
  // What families keep there themselves, compiled kernels, they find by the environment.
  setenv("ATTUNE_CACHE_DIR", cache_directory.c_str(), /*overwrite=*/1);
  const std::string command = arguments.empty() ? "tune" : arguments[0];
  const size_t operands = arguments.empty() ? 0 : arguments.size() - 1;
  if (command == "tune" && operands == 0) return Tune(cache_directory);
  if (!CommandHelp(command).empty()) {
    return RunCommand(command, {arguments.begin() + 1, arguments.end()}, Common(cache_directory),
                      std::cout);
  }
  if (command == "export_preset" && operands == 1) {
    return RunExportPresetCommand(cache_directory, absl::GetFlag(FLAGS_model),
                                  FromWorkingDirectory(arguments[1]), std::cout);
  }
  if (command == "replay") return Replay({arguments.begin() + 1, arguments.end()});
  if (command == "record" && operands == 2) {
    return RunRecordCommand(FromWorkingDirectory(arguments[1]), FromWorkingDirectory(arguments[2]),
                            std::cout);
  }
  return absl::InvalidArgumentError(absl::StrCat("'", command, "' with ", operands,
                                                 " operands is no command: there are tune, "
                                                 "export_preset FILE, replay [FILE...], record LOG "
                                                 "FILE and\n",
                                                 CommandSummaries()));
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
  absl::SetProgramUsageMessage(absl::StrFormat(attune::kUsage, attune::CommandSummaries()));
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const absl::Status status =
      attune::Run(std::vector<std::string>(arguments.begin() + 1, arguments.end()));
  if (status.ok()) return 0;
  std::cout << std::flush;
  std::fprintf(stderr, "autotune: %s\n", std::string(status.message()).c_str());
  return absl::IsCancelled(status) ? 130 : 1;
}
