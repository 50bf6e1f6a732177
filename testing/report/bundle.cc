#include "testing/report/bundle.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace attune {
namespace {

constexpr char kTitle[] = "kind\tlabel\tprogram";

bool IsUnder(absl::string_view label, absl::string_view package) {
  return absl::StartsWith(label, absl::StrCat("//", package, "/")) ||
         absl::StartsWith(label, absl::StrCat("//", package, ":"));
}

// Which parts of the tree a target means: docs/gpu_tests.md, "Targets".
bool BelongsTo(absl::string_view label, Target target) {
  switch (target) {
    case Target::kAttention:
      return IsUnder(label, "testing/gpu") ||
             (IsUnder(label, "benchmarks") && !IsUnder(label, "benchmarks/ternary"));
    case Target::kFlashAttention:
      return BelongsTo(label, Target::kAttention) ||
             (IsUnder(label, "attention") && !BelongsTo(label, Target::kTernary));
    case Target::kTernary:
      return IsUnder(label, "attention/ternary") || IsUnder(label, "benchmarks/ternary");
    case Target::kAll:
      return true;
  }
  return false;
}

absl::string_view NameOf(absl::string_view label) { return label.substr(label.rfind(':') + 1); }

}  // namespace

std::string Program::FileName() const {
  return absl::StrReplaceAll(absl::StripPrefix(label, "//"), {{"/", "."}, {":", "."}});
}

absl::StatusOr<Program> Bundle::Tool(absl::string_view name) const {
  for (const Program& program : programs) {
    if (program.kind == "tool" && NameOf(program.label) == name) return program;
  }
  return absl::NotFoundError(absl::StrCat("the bundle has no tool called ", name));
}

absl::StatusOr<Bundle> ParseBundle(const std::string& directory, absl::string_view text) {
  Bundle bundle;
  bool in_programs = false;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    if (line == kTitle) {
      in_programs = true;
    } else if (in_programs && fields.size() == 3) {
      bundle.programs.push_back({fields[0], fields[1], absl::StrCat(directory, "/", fields[2])});
    } else if (!in_programs && fields.size() == 2) {
      bundle.facts[fields[0]] = fields[1];
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat(directory, "/programs.tsv is no list of programs: \"", line, "\""));
    }
  }
  if (bundle.programs.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(directory, "/programs.tsv lists no program"));
  }
  return bundle;
}

std::vector<Program> Select(const Bundle& bundle, absl::string_view kind, Target target) {
  std::vector<Program> selected;
  for (const Program& program : bundle.programs) {
    if (program.kind != kind || !BelongsTo(program.label, target)) continue;
    if (kind == "benchmark" && !absl::StartsWith(NameOf(program.label), "gpu_")) continue;
    selected.push_back(program);
  }
  return selected;
}

}  // namespace attune
