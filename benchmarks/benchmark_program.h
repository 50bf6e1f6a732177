// What benchmark programs have in common: their command line, their --help, their exit codes.
#ifndef ATTUNE_BENCHMARKS_BENCHMARK_PROGRAM_H_
#define ATTUNE_BENCHMARKS_BENCHMARK_PROGRAM_H_

#include <benchmark/benchmark.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace attune {

struct BenchmarkProgram {
  // What it measures, and its own flags and variables, for --help; whole lines.
  std::string help;
  // For flags of Google Benchmark's that the command line does not give.
  std::vector<std::string> defaults = {};
  // Its own flags, by name without dashes. Numbers are finite and not negative; paths are taken
  // from where the program was called, under `bazel run` too. What is not given stays as it is.
  std::map<std::string, double*> numbers = {};
  std::map<std::string, std::string*> paths = {};
};

// As defaults: one sample a repetition, so that every sample is in the file; only aggregates on the
// console.
std::vector<std::string> OneSampleARepetition(int repetitions);

// Reads the command line, and puts commit, dirty flag and command into the context of all that is
// written. Returns the exit code if the program is to end here: 0 after --help, 1 after a line on
// the standard error about an argument.
std::optional<int> StartBenchmarks(int argc, char** argv, const BenchmarkProgram& program);

// Ends the benchmark that `state` is of: it reports `status`, and RunBenchmarks fails.
void FailBenchmark(benchmark::State& state, const absl::Status& status);

// Runs the registered benchmarks that the command line chose. The exit code: 1 if one of them
// failed, or if --benchmark_filter chose none; then a line on the standard error says so.
int RunBenchmarks();

// Says that what is to be measured is not here, and why. The exit code, 2.
int Blocked(const absl::Status& why);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_BENCHMARK_PROGRAM_H_
