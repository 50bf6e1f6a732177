#include "testing/peak_memory.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace attune {
namespace {

constexpr char kStatus[] = "/proc/self/status";
constexpr char kClearRefs[] = "/proc/self/clear_refs";

// A line reads "VmHWM:     1234 kB".
absl::StatusOr<int64_t> StatusBytes(absl::string_view field) {
  std::ifstream file(kStatus);
  std::string line;
  while (std::getline(file, line)) {
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(": \t"), absl::SkipEmpty());
    int64_t kilobytes = 0;
    if (words.size() == 3 && words[0] == field && words[2] == "kB" &&
        absl::SimpleAtoi(words[1], &kilobytes)) {
      return kilobytes * 1024;
    }
  }
  return absl::UnavailableError(
      absl::StrCat(kStatus, " has no line ", field, " with kilobytes; it is Linux that gives it"));
}

}  // namespace

absl::StatusOr<int64_t> ResidentBytes() { return StatusBytes("VmRSS"); }

absl::StatusOr<int64_t> PeakResidentBytes() { return StatusBytes("VmHWM"); }

absl::Status ResetPeakResident() {
  std::ofstream file(kClearRefs);
  file << "5" << std::flush;  // proc(5): resets the peak, and nothing else
  if (file.good()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot write 5 to ", kClearRefs, "; the peak covers the whole process so far"));
}

}  // namespace attune
