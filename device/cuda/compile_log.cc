#include "device/cuda/compile_log.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace attune {
namespace {

// An error in a template drags its instantiations behind it; more of them than this help nobody.
constexpr int kErrorLines = 24;

// The number before `unit` in text such as "Used 32 registers, used 1 barriers, 512 bytes smem"; 0
// if there is none.
int64_t NumberBefore(absl::string_view text, absl::string_view unit) {
  const size_t at = text.find(unit);
  if (at == absl::string_view::npos) return 0;
  const absl::string_view before = absl::StripTrailingAsciiWhitespace(text.substr(0, at));
  size_t begin = before.size();
  while (begin > 0 && absl::ascii_isdigit(static_cast<unsigned char>(before[begin - 1]))) --begin;
  int64_t number = 0;
  return absl::SimpleAtoi(before.substr(begin), &number) ? number : 0;
}

// "X" out of "... `prefix`X'..." or "... `prefix`X": the function that a line is about, empty if it
// is about none.
absl::string_view NameAfter(absl::string_view line, absl::string_view prefix) {
  const size_t at = line.find(prefix);
  if (at == absl::string_view::npos) return "";
  const absl::string_view rest = line.substr(at + prefix.size());
  return rest.substr(0, rest.find_first_of("' "));
}

bool IsError(absl::string_view line) {
  return absl::StrContains(line, "): error") || absl::StrContains(line, "): catastrophic error") ||
         absl::StartsWith(line, "nvrtc: error") || absl::StartsWith(line, "ptxas error") ||
         absl::StartsWith(line, "ptxas fatal");
}

}  // namespace

std::string KernelResources::ToString() const {
  return absl::StrCat(registers, " registers, ", spill_store_bytes, "+", spill_load_bytes,
                      " bytes spilled, ", stack_bytes, " bytes stack, ", static_shared_bytes,
                      " bytes static shared memory");
}

absl::StatusOr<KernelResources> ParseResources(absl::string_view log,
                                               absl::string_view lowered_name) {
  KernelResources resources;
  // ptxas names the kernel ("Compiling entry function"), then each function's stack and spills
  // under a title of its own (calls that were not inlined have theirs), then, in the line "Used",
  // the kernel's totals.
  bool in_kernel = false;
  bool in_properties = false;
  bool found = false;
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    if (absl::StrContains(line, "Compiling entry function")) {
      in_kernel = NameAfter(line, "entry function '") == lowered_name;
    } else if (absl::StrContains(line, "Function properties for")) {
      in_properties = NameAfter(line, "properties for ") == lowered_name;
    } else if (in_properties && absl::StrContains(line, "bytes stack frame")) {
      resources.stack_bytes = NumberBefore(line, "bytes stack frame");
      resources.spill_store_bytes = NumberBefore(line, "bytes spill stores");
      resources.spill_load_bytes = NumberBefore(line, "bytes spill loads");
      in_properties = false;
    } else if (in_kernel && absl::StrContains(line, "Used ")) {
      resources.registers = NumberBefore(line, "registers");
      resources.barriers = NumberBefore(line, "barriers");
      resources.static_shared_bytes = NumberBefore(line, "bytes smem");
      in_kernel = false;
      found = true;
    }
  }
  if (found) return resources;
  return absl::NotFoundError(
      absl::StrCat("the compiler's log has no resources of ", lowered_name, ":\n", log));
}

std::string ParsePerformanceWarnings(absl::string_view log) {
  constexpr absl::string_view kMark = "Potential Performance Loss: ";
  std::vector<absl::string_view> warnings;
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    const size_t mark = line.find(kMark);
    if (mark == absl::string_view::npos) continue;
    // A mangled name of hundreds of characters follows, the same in each.
    const size_t begin = std::min(line.find('('), mark);
    const size_t end =
        std::min(line.find(" in the function", mark), line.find(" for the function", mark));
    const absl::string_view warning = absl::StripAsciiWhitespace(line.substr(begin, end - begin));
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
      warnings.push_back(warning);
  }
  return absl::StrJoin(warnings, "\n");
}

std::string FirstError(absl::string_view log) {
  std::vector<absl::string_view> excerpt;
  int errors = 0;
  bool taking = false;
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    if (IsError(line)) {
      ++errors;
      taking = errors == 1;
    } else if (absl::StripAsciiWhitespace(line).empty()) {
      taking = false;
    }
    if (taking && excerpt.size() < kErrorLines) excerpt.push_back(line);
  }
  if (errors == 0) return std::string(absl::StripAsciiWhitespace(log));
  std::string text = absl::StrJoin(excerpt, "\n");
  if (errors > 1) {
    absl::StrAppend(&text, "\n(and ", errors - 1, errors == 2 ? " more error)" : " more errors)");
  }
  return text;
}

}  // namespace attune
