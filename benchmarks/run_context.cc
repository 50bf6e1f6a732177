#include "benchmarks/run_context.h"

#include <benchmark/benchmark.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

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

void AddDeviceContext(const std::string& key, const DeviceInfo& device) {
  benchmark::AddCustomContext(key, device.ToString());
  std::string fingerprint = absl::StrCat(device.model, " ", device.architecture);
  for (const auto& [name, value] : device.attributes) {
    absl::StrAppend(&fingerprint, " ", name, "=", value);
  }
  benchmark::AddCustomContext(absl::StrCat(key, "_fingerprint"), fingerprint);
}

}  // namespace attune
