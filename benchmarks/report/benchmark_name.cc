#include "benchmarks/report/benchmark_name.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace attune {
namespace {

bool IsOfTheLibrary(absl::string_view part) {
  for (const char* whole : {"manual_time", "real_time", "process_time"}) {
    if (part == whole) return true;
  }
  for (const char* prefix : {"iterations:", "repeats:", "min_time:", "min_warmup_time:"}) {
    if (absl::StartsWith(part, prefix)) return true;
  }
  return false;
}

}  // namespace

BenchmarkName ParseBenchmarkName(absl::string_view name) {
  std::vector<std::string> parts = absl::StrSplit(name, '/');
  while (parts.size() > 1 && IsOfTheLibrary(parts.back())) parts.pop_back();
  if (parts.size() < 7 || (parts[0] != "forward" && parts[0] != "backward")) {
    return {.rival = absl::StrJoin(parts, "/")};
  }
  return {.direction = parts[0],
          .dtype = parts[1],
          .head_dim = parts[2],
          .mask = parts[3],
          .length = parts[4],
          .heads = parts[5],
          .rival = parts[6],
          .variant = absl::StrJoin(parts.begin() + 7, parts.end(), "/")};
}

}  // namespace attune
