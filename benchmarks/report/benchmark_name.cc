#include "benchmarks/report/benchmark_name.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace attune {
namespace {

using Parts = std::vector<std::string>;

bool IsOfTheLibrary(absl::string_view part) {
  for (const char* whole : {"manual_time", "real_time", "process_time"}) {
    if (part == whole) return true;
  }
  for (const char* prefix : {"iterations:", "repeats:", "min_time:", "min_warmup_time:"}) {
    if (absl::StartsWith(part, prefix)) return true;
  }
  return false;
}

// "forward/bf16/128/causal/4096/4x16/FAMILY"
bool IsAttention(const Parts& parts) {
  return parts.size() >= 7 && (parts[0] == "forward" || parts[0] == "backward");
}

// Of a length "1_2048" the first number is the queries'. Few queries before many keys are another
// kind of problem than as many as keys.
std::vector<NameField> AttentionFields(const Parts& parts) {
  const std::vector<std::string> lengths = absl::StrSplit(parts[4], absl::MaxSplits('_', 1));
  return {{"head_dim", parts[2]},
          {"mask", parts[3]},
          {"queries", lengths.size() > 1 ? lengths.front() : "all"},
          {"length", lengths.back(), true},
          {"heads", parts[5], true}};
}

// The "name:value" parts behind operation and dtype; the first is the size.
std::vector<NameField> NamedFields(const Parts& parts) {
  std::vector<NameField> fields;
  for (size_t i = 2; i < parts.size(); ++i) {
    std::pair<std::string, std::string> field = absl::StrSplit(parts[i], absl::MaxSplits(':', 1));
    if (field.first.empty() || field.second.empty()) break;
    fields.push_back({std::move(field.first), std::move(field.second), fields.empty()});
  }
  return fields;
}

}  // namespace

BenchmarkName ParseBenchmarkName(absl::string_view name) {
  Parts parts = absl::StrSplit(name, '/');
  while (parts.size() > 1 && IsOfTheLibrary(parts.back())) parts.pop_back();
  const bool is_attention = IsAttention(parts);
  std::vector<NameField> fields = is_attention ? AttentionFields(parts) : NamedFields(parts);
  const size_t rival = is_attention ? 6 : 2 + fields.size();
  if (fields.empty() || rival >= parts.size()) return {.rival = absl::StrJoin(parts, "/")};
  return {.operation = parts[0],
          .dtype = parts[1],
          .fields = std::move(fields),
          .rival = parts[rival],
          .variant = absl::StrJoin(parts.begin() + rival + 1, parts.end(), "/")};
}

}  // namespace attune
