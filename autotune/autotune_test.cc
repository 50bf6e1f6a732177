// The program as people run it: what it prints, and how it exits.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/trial_log/trial_log.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct Outcome {
  int exit_code = -1;  // -1 if a signal ended it
  std::string out;
  std::string err;
};

// A suite of forward workloads of these lengths.
std::string Suite(const std::vector<int>& lengths) {
  std::string text;
  for (const int n : lengths) {
    absl::StrAppend(&text, "workload { name: 'length_", n,
                    "' workload: 'attention_forward[alibi=0 dtype=fp32 mask=full qk_dim=16 "
                    "soft_cap=0 v_dim=16] batch=1 kv_heads=2 kv_len=",
                    n, " q_heads=2 q_len=", n, "' }\n");
  }
  return text;
}

class AutotuneTest : public ::testing::Test {
 protected:
  AutotuneTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        cache_(directory_ + "/cache") {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }

  std::string WriteFile(const std::string& name, const std::string& content) {
    const std::string path = absl::StrCat(directory_, "/", name);
    EXPECT_EQ(WriteFileAtomically(path, content), absl::OkStatus());
    return path;
  }
  std::string OutPath(const std::string& tag) const { return directory_ + "/out" + tag; }
  std::string ErrPath(const std::string& tag) const { return directory_ + "/err" + tag; }

  pid_t Start(std::vector<std::string> arguments, const std::string& tag = "") {
    arguments.insert(arguments.begin(),
                     absl::StrCat(std::getenv("TEST_SRCDIR"), "/", std::getenv("TEST_WORKSPACE"),
                                  "/autotune/autotune"));
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const std::string out = OutPath(tag);
    const std::string err = ErrPath(tag);
    const pid_t child = fork();
    if (child != 0) return child;
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  Outcome Wait(pid_t child, const std::string& tag = "") const {
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, *ReadFile(OutPath(tag)),
            *ReadFile(ErrPath(tag))};
  }
  Outcome Run(const std::vector<std::string>& arguments) { return Wait(Start(arguments)); }
  Outcome RunOnCache(std::vector<std::string> arguments) {
    arguments.push_back("--cache_dir=" + cache_);
    return Run(arguments);
  }
  // Tunes in little time.
  std::vector<std::string> TuneArguments(const std::string& suite) const {
    return {"--device=cpu",       "--family=cpu_forward",   "--workloads=" + suite,
            "--budget_seconds=0", "--budget_evaluations=2", "--cache_dir=" + cache_};
  }

  void ExpectOneLine(const std::vector<std::string>& arguments, const std::string& what) {
    const Outcome outcome = RunOnCache(arguments);
    SCOPED_TRACE(outcome.err);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr(what));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
  }

  const std::string directory_;
  const std::string cache_;
};

TEST_F(AutotuneTest, BadInputIsOneLineThatSaysWhatIsWrong) {
  ExpectOneLine({"--nonsense"}, "Unknown command line flag 'nonsense'");
  ExpectOneLine({"--budget_seconds=soon"}, "'soon' specified for flag 'budget_seconds'");
  ExpectOneLine({"--budget_seconds=-1"}, "at least 0");
  ExpectOneLine({"--device=tpu"}, "no device is called 'tpu'; this machine has cpu");
  ExpectOneLine({"--family=x"}, "no kernel family is called 'x'; there are cpu_backward");
  ExpectOneLine({"--strategy=x"}, "no strategy is called 'x'; there are exhaustive, genetic, ");
  ExpectOneLine({"frobnicate"}, "there is no command 'frobnicate'; there are tune");
  ExpectOneLine({"list", "all"}, "expected `autotune list`, not 1 operand; see --help");
  ExpectOneLine({"--workload=garbage"}, "workload \"garbage\": no traits in brackets");
  ExpectOneLine({"--workload=nope[] n=1", "--device=cpu"}, "no family computes nope");
  ExpectOneLine({"show", "x"}, "no entries in");
  ExpectOneLine({"prune", "--family=x", "--older_than_days=30"}, "prune has no --family; see");
  ExpectOneLine({"export", "x", "--json"}, "export has no --json; see");
  ExpectOneLine({"--rounds=12"}, "tune has no --rounds; see");
  ExpectOneLine({"stability", "--missing_only", "--device=cpu"}, "every tune is to be made");
}

TEST_F(AutotuneTest, ReplaysTheSearchesThatComeWithIt) {
  const Outcome outcome = RunOnCache({"replay", "--strategy=model", "--seeds=1", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\"name\": \"h200_portable_forward_causal_d128_4k\""));
  EXPECT_THAT(RunOnCache({"replay", "--help"}).out, HasSubstr("--compilers=32"));
  EXPECT_THAT(RunOnCache({"record", "--help"}).out, HasSubstr("autotune record LOG FILE: "));
  ExpectOneLine({"record", "x"}, "record takes LOG and FILE, not 1 operands");
  ExpectOneLine({"replay", cache_}, "no recorded search (*.search.pb) in ");
}

TEST_F(AutotuneTest, BadSuitesAreNamed) {
  const std::string suite = WriteFile("bad.suite", "workload {\n  name: 'a'\n  size: 3\n}\n");
  ExpectOneLine({"--workloads=" + suite}, suite + ":3:");
  ExpectOneLine({"--workloads=" + directory_ + "/missing"},
                "cannot open " + directory_ + "/missing: No such file");
  ExpectOneLine({"--workloads=" + suite, "--workload=op[] n=1"}, "not both");
}

// Root may write anywhere but below a file.
TEST_F(AutotuneTest, ACacheThatCannotBeWrittenIsNamed) {
  WriteFile("cache", "a file");
  ExpectOneLine({}, "the cache directory cannot be written");
  EXPECT_EQ(*ReadFile(cache_), "a file");
}

TEST_F(AutotuneTest, TunesThenListsAndShows) {
  const Outcome tuned = Run(TuneArguments(WriteFile("suite", Suite({16, 64}))));
  EXPECT_EQ(tuned.exit_code, 0) << tuned.err;
  EXPECT_THAT(tuned.out, AllOf(HasSubstr("[1/2] length_16"), HasSubstr("cache: " + cache_)));
  const Outcome listed = RunOnCache({"list"});
  EXPECT_EQ(listed.exit_code, 0);
  EXPECT_THAT(listed.out, AllOf(HasSubstr("q_len=16"), HasSubstr("q_len=64")));
  const Outcome shown = RunOnCache({"show"});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.out, HasSubstr("model, 2 evaluations"));
}

TEST_F(AutotuneTest, HelpNamesTheCommandsAndTheFlags) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"tune", "--help"}}) {
    const Outcome help = Run(arguments);
    EXPECT_EQ(help.exit_code, 0) << help.err;
    EXPECT_THAT(help.out, AllOf(HasSubstr("autotune explain [ENTRY]"), HasSubstr("autotune replay"),
                                HasSubstr("--device="), HasSubstr("--budget_seconds=50")));
  }
  for (const char* command :
       {"list", "show", "explain", "audit", "diff", "merge", "prune", "verify", "export",
        "export_preset", "replay", "record", "stability"}) {
    const Outcome help = Run({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << help.err;
    EXPECT_THAT(help.out, StartsWith(absl::StrCat("autotune ", command)));
  }
}

TEST_F(AutotuneTest, EveryCommandPrintsJsonThatParses) {
  std::vector<std::string> tune = TuneArguments(WriteFile("suite", Suite({16})));
  tune.push_back("--json");
  const Outcome tuned = Run(tune);
  ASSERT_EQ(tuned.exit_code, 0) << tuned.err;
  const Json found = Json::parse(tuned.out);
  EXPECT_EQ(found.at("tuned").at(0).at("workload"), "length_16");
  const std::string entry = found.at("tuned").at(0).at("entry").at("name");
  std::filesystem::copy(cache_, directory_ + "/other", std::filesystem::copy_options::recursive);
  const std::vector<std::vector<std::string>> commands = {
      {"list"},
      {"show"},
      {"explain"},
      {"audit", "--rounds=12", "--rivals=1", "--max_regret=1000"},
      {"diff", directory_ + "/other"},
      {"merge", directory_ + "/other"},
      {"verify"},
      {"prune", "--dry_run", "--unknown_family"},
      {"replay", "--strategy=random", "--seeds=1"}};
  for (std::vector<std::string> command : commands) {
    const std::string name = command.front();
    command.push_back("--json");
    const Outcome outcome = RunOnCache(command);
    EXPECT_EQ(outcome.exit_code, 0) << name << ": " << outcome.err;
    EXPECT_TRUE(Json::accept(outcome.out)) << name << ": " << outcome.out;
  }
  EXPECT_TRUE(Json::accept(RunOnCache({"export", entry}).out));
  // With other seeds two evaluations find other winners: its verdict is none of this test's.
  tune.insert(tune.end(), {"stability", "--times=2"});
  const Outcome stability = Run(tune);
  EXPECT_EQ(Json::parse(stability.out).at("workloads").size(), 1u) << stability.err;
}

TEST_F(AutotuneTest, ATruncatedFileIsNamedByListAndShow) {
  ASSERT_EQ(Run(TuneArguments(WriteFile("suite", Suite({16, 64})))).exit_code, 0);
  const std::string torn = ListFiles(cache_, ".pb")->front();
  std::filesystem::resize_file(torn, 20);
  for (const char* command : {"list", "show"}) {
    const Outcome outcome = RunOnCache({command});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("not an entry: " + torn), HasSubstr("q_len=")));
  }
}

TEST_F(AutotuneTest, AnInterruptKeepsWhatIsDone) {
  std::vector<int> lengths = {16};
  for (int n = 512; n < 552; ++n) lengths.push_back(n);
  const pid_t child = Start(TuneArguments(WriteFile("suite", Suite(lengths))));
  const absl::Time deadline = absl::Now() + absl::Seconds(40);
  while (absl::Now() < deadline) {
    const auto out = ReadFile(OutPath(""));
    if (out.ok() && absl::StrContains(*out, "[2/41]")) break;
    absl::SleepFor(absl::Milliseconds(5));
  }
  kill(child, SIGINT);
  const Outcome outcome = Wait(child);
  EXPECT_EQ(outcome.exit_code, 130) << outcome.out;
  EXPECT_THAT(outcome.err, AllOf(StartsWith("autotune: interrupted: "),
                                 HasSubstr(" of 41 workloads and families were tuned and kept")));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("cache: "), Not(HasSubstr("[41/41]"))));
  const CacheDirectory::Contents kept = CacheDirectory(cache_).ReadAll();
  EXPECT_GE(kept.entries.size(), 1u);
  EXPECT_THAT(kept.problems, IsEmpty());
}

TEST_F(AutotuneTest, TwoAtOnceOnOneCacheLoseNothing) {
  const std::string suite = WriteFile("suite", Suite({16, 24, 32}));
  const pid_t first = Start(TuneArguments(suite), "1");
  const pid_t second = Start(TuneArguments(suite), "2");
  for (const Outcome& outcome : {Wait(first, "1"), Wait(second, "2")}) {
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
  const CacheDirectory::Contents kept = CacheDirectory(cache_).ReadAll();
  EXPECT_THAT(kept.entries, SizeIs(3));
  EXPECT_THAT(kept.problems, IsEmpty());
  size_t trials = 0;
  const auto logs = ListFiles(cache_ + "/trials", ".log");
  ASSERT_TRUE(logs.ok()) << logs.status();
  for (const std::string& path : *logs) {
    const auto log = ReadTrialLog(path);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ(log->torn_bytes, 0);
    trials += log->trials.size();
  }
  EXPECT_EQ(trials, 2 * 3 * 2u);
}

}  // namespace
}  // namespace attune
