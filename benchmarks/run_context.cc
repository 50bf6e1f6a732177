#include "benchmarks/run_context.h"

#include <benchmark/benchmark.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/build_commit.h"

namespace attune {
namespace {

std::string Quoted(const std::string& argument) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) return argument;
  return absl::StrCat("'", absl::StrReplaceAll(argument, {{"'", "'\\''"}}), "'");
}

}  // namespace

std::string CommandLine(absl::Span<const std::string> arguments) {
  return absl::StrJoin(arguments, " ", [](std::string* out, const std::string& argument) {
    out->append(Quoted(argument));
  });
}

std::vector<std::string> InitializeBenchmarks(int argc, char** argv,
                                              const std::vector<std::string>& defaults) {
  const std::vector<std::string> given(argv, argv + argc);
  // Of a flag that is there twice the last counts.
  std::vector<std::string> all = {given.front()};
  all.insert(all.end(), defaults.begin(), defaults.end());
  all.insert(all.end(), given.begin() + 1, given.end());
  std::vector<char*> pointers;
  for (std::string& argument : all) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  int count = static_cast<int>(all.size());
  // The library keeps the program's name.
  static auto* const program = new std::string(given.front());
  pointers.front() = program->data();
  benchmark::Initialize(&count, pointers.data());
  benchmark::AddCustomContext("commit", kBuildCommit);
  benchmark::AddCustomContext("dirty", kBuildDirty);
  benchmark::AddCustomContext("command", CommandLine(given));
  return std::vector<std::string>(pointers.begin() + 1, pointers.begin() + count);
}

std::vector<std::string> OneSampleARepetition(int repetitions) {
  // A minimal time that any sample reaches.
  return {absl::StrCat("--benchmark_repetitions=", repetitions), "--benchmark_min_time=1e-9",
          "--benchmark_display_aggregates_only=true"};
}

void AddDeviceContext(const std::string& key, const DeviceInfo& device) {
  benchmark::AddCustomContext(key, device.ToString());
  std::string fingerprint = absl::StrCat(device.model, " ", device.architecture);
  for (const auto& [name, value] : device.attributes) {
    absl::StrAppend(&fingerprint, " ", name, "=", value);
  }
  benchmark::AddCustomContext(absl::StrCat(key, "_fingerprint"), fingerprint);
}

}  // namespace attune
