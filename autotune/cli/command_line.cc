#include "autotune/cli/command_line.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "autotune/bench/isolated_bench.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/cli/audit_command.h"
#include "autotune/cli/cache/cache_commands.h"
#include "autotune/cli/cache/export_command.h"
#include "autotune/cli/cache/merge_command.h"
#include "autotune/cli/cache/verify_command.h"
#include "autotune/cli/explain_command.h"
#include "base/status_macros.h"
#include "device/discovery.h"

ABSL_FLAG(bool, json, false, "print JSON in place of text");
ABSL_FLAG(int, best, 20, "explain: how many of the fastest configurations are shown");
ABSL_FLAG(int, rivals, 8, "audit: how many rivals each winner meets");
ABSL_FLAG(int, rounds, 40, "audit: how often each is timed, at least 12 times");
ABSL_FLAG(double, max_regret, 0.05,
          "audit: fails where a winner costs more than this fraction over a rival");
ABSL_FLAG(bool, dry_run, false, "merge, prune: only say what would be done");
ABSL_FLAG(int, older_than_days, 0, "prune: entries measured longer ago; 0 for none");
ABSL_FLAG(bool, unknown_family, false, "prune: entries of families that this program lacks");
ABSL_FLAG(bool, other_build, false, "prune: entries of another build of their family");
ABSL_FLAG(std::string, format, "t4", "export: t4 (JSON that Kernel Tuner and KTT read) or csv");
ABSL_FLAG(std::string, output, "", "export: the file to write; standard output if not given");

namespace attune {
namespace {

using Operands = std::vector<std::string>;

std::string FirstOf(const Operands& operands) { return operands.empty() ? "" : operands[0]; }

absl::Status List(const Operands&, const CommonOptions& common, std::ostream& out) {
  return RunListCommand(common.cache_directory, absl::GetFlag(FLAGS_json), out);
}

absl::Status Show(const Operands& operands, const CommonOptions& common, std::ostream& out) {
  return RunShowCommand(common.cache_directory, FirstOf(operands), absl::GetFlag(FLAGS_json), out);
}

absl::Status Explain(const Operands& operands, const CommonOptions& common, std::ostream& out) {
  ExplainCommandOptions options;
  options.cache_directory = common.cache_directory;
  options.entry = FirstOf(operands);
  options.family = common.family;
  if (!common.workload.empty()) {
    ATTUNE_ASSIGN_OR_RETURN(options.workload, Workload::Parse(common.workload));
  }
  if (absl::GetFlag(FLAGS_best) < 1) return absl::InvalidArgumentError("--best is at least 1");
  options.best = static_cast<size_t>(absl::GetFlag(FLAGS_best));
  options.json = absl::GetFlag(FLAGS_json);
  return RunExplainCommand(options, out);
}

absl::Status Audit(const Operands& operands, const CommonOptions& common, std::ostream& out) {
  AuditCommandOptions options;
  options.cache_directory = common.cache_directory;
  options.entry = FirstOf(operands);
  options.device = common.device;
  options.rivals = absl::GetFlag(FLAGS_rivals);
  options.rounds = absl::GetFlag(FLAGS_rounds);
  options.max_regret = absl::GetFlag(FLAGS_max_regret);
  options.seed = common.seed;
  options.json = absl::GetFlag(FLAGS_json);
  // In a process of its own, which may die of a candidate.
  IsolatedBenches benches;
  options.open_timer = [&benches](const KernelFamily& family, const Workload& workload,
                                  Device& device, uint64_t seed) -> absl::StatusOr<TimeOnce> {
    ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<TrialBench> opened,
                            benches.Open(device.info().id, family, workload, {.seed = seed}));
    const std::shared_ptr<TrialBench> bench = std::move(opened);
    return TimeOnce([bench](const Configuration& configuration) -> absl::StatusOr<double> {
      ATTUNE_ASSIGN_OR_RETURN(const std::vector<double> samples, bench->Time(configuration, 1));
      return samples.front();
    });
  };
  return RunAuditCommand(options, out);
}

absl::Status Diff(const Operands& operands, const CommonOptions& common, std::ostream& out) {
  const std::string left = common.from_working_directory(operands[0]);
  const std::string right =
      operands.size() == 2 ? common.from_working_directory(operands[1]) : common.cache_directory;
  return RunDiffCommand(left, right, absl::GetFlag(FLAGS_json), out);
}

absl::Status Merge(const Operands& operands, const CommonOptions& common, std::ostream& out) {
  return RunMergeCommand(common.from_working_directory(operands[0]), common.cache_directory,
                         absl::GetFlag(FLAGS_dry_run), absl::GetFlag(FLAGS_json), out);
}

absl::Status Prune(const Operands&, const CommonOptions& common, std::ostream& out) {
  PruneCommandOptions options;
  options.cache_directory = common.cache_directory;
  const int days = absl::GetFlag(FLAGS_older_than_days);
  if (days < 0) return absl::InvalidArgumentError("--older_than_days is at least 0");
  if (days > 0) options.measured_before = absl::Now() - days * absl::Hours(24);
  options.unknown_family = absl::GetFlag(FLAGS_unknown_family);
  options.other_build = absl::GetFlag(FLAGS_other_build);
  options.dry_run = absl::GetFlag(FLAGS_dry_run);
  options.json = absl::GetFlag(FLAGS_json);
  return RunPruneCommand(options, out);
}

absl::Status Verify(const Operands&, const CommonOptions& common, std::ostream& out) {
  return RunVerifyCommand(common.cache_directory, ListDevices().devices, absl::GetFlag(FLAGS_json),
                          out);
}

absl::Status Export(const Operands& operands, const CommonOptions& common, std::ostream& out) {
  ExportCommandOptions options;
  options.cache_directory = common.cache_directory;
  options.entry = FirstOf(operands);
  options.format = absl::GetFlag(FLAGS_format);
  const std::string path = absl::GetFlag(FLAGS_output);
  if (!path.empty()) options.path = common.from_working_directory(path);
  return RunExportCommand(options, out);
}

struct Command {
  const char* name;
  const char* operands;
  size_t min_operands;
  size_t max_operands;
  const char* summary;
  const char* flags;  // a line each
  absl::Status (*run)(const Operands&, const CommonOptions&, std::ostream&);
};

constexpr char kJsonFlag[] = "  --json                print JSON in place of text\n";

constexpr Command kCommands[] = {
    {"list", "", 0, 0, "list the entries of the cache", "", List},
    {"show", "[ENTRY]", 0, 1, "show all that an entry holds, by its name or how it begins", "",
     Show},
    {"explain", "[ENTRY]", 0, 1,
     "say what was removed, tried and decided, what matters, and why the winner won",
     "  --workload=\"...\"      only this workload, in the form that `list` prints\n"
     "  --family=NAME         only this kernel family\n"
     "  --best=20             how many of the fastest are shown\n",
     Explain},
    {"audit", "[ENTRY]", 0, 1,
     "time winners against rivals again; exit code 1 if one costs too much",
     "  --max_regret=0.05     the fraction of time that a winner may cost over a rival\n"
     "  --rivals=8            how many it meets: half with a reason, half drawn at random\n"
     "  --rounds=40           how often each is timed, at least 12 times\n"
     "  --device=ID           only this device's entries\n"
     "  --seed=1              of the rivals and of the inputs\n",
     Audit},
    {"diff", "CACHE [CACHE]", 1, 2,
     "say where two caches differ; the second is your own if it is not given", "", Diff},
    {"merge", "CACHE", 1, 1, "take over from another cache what is missing or better evidenced",
     "  --dry_run             only say what would be done\n", Merge},
    {"prune", "", 0, 0, "remove entries, with their trial logs",
     "  --older_than_days=N   those measured longer ago\n"
     "  --unknown_family      those of families that this program lacks\n"
     "  --other_build         those of another build of their family\n"
     "  --dry_run             only say what would go\n",
     Prune},
    {"verify", "", 0, 0,
     "check that entries, trial logs and compiled kernels are whole and still apply", "", Verify},
    {"export", "ENTRY", 1, 1, "write the trials of a search for other programs",
     "  --format=t4           t4: JSON that Kernel Tuner and KTT read; csv: a table\n"
     "  --output=FILE         where to; standard output if not given\n",
     Export},
};

const Command* Find(absl::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::string Usage(absl::string_view name, absl::string_view operands) {
  return absl::StrCat("autotune ", name, operands.empty() ? "" : " ", operands);
}

std::string UsageOf(const Command& command) { return Usage(command.name, command.operands); }

}  // namespace

absl::Status WrongOperands(absl::string_view name, absl::string_view expected, size_t given) {
  return absl::InvalidArgumentError(absl::StrCat("expected `", Usage(name, expected), "`, not ",
                                                 given, given == 1 ? " operand" : " operands",
                                                 "; see --help"));
}

std::string CommandSummaries() {
  std::string text;
  for (const Command& command : kCommands) {
    absl::StrAppendFormat(&text, "  %-28s %s\n", UsageOf(command), command.summary);
  }
  return text;
}

std::string CommandNames() {
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    names.push_back(std::string(absl::StripPrefix(UsageOf(command), "autotune ")));
  }
  return absl::StrJoin(names, ", ");
}

std::string CommandHelp(absl::string_view name) {
  const Command* const command = Find(name);
  if (command == nullptr) return "";
  return absl::StrCat(UsageOf(*command), ": ", command->summary, "\n\n", command->flags,
                      command->run == Export ? "" : kJsonFlag,
                      "  --cache_dir=DIR       the cache, in place of $ATTUNE_CACHE_DIR\n\n"
                      "ENTRY is how the name of an entry begins, as `autotune list` prints it.\n"
                      "More in docs/tuning_commands.md.\n");
}

absl::Status RunCommand(absl::string_view name, const Operands& operands,
                        const CommonOptions& common, std::ostream& out) {
  const Command* const command = Find(name);
  if (command == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no command '", name, "'; there are ", CommandNames()));
  }
  if (operands.size() < command->min_operands || operands.size() > command->max_operands) {
    return WrongOperands(name, command->operands, operands.size());
  }
  return command->run(operands, common, out);
}

}  // namespace attune
