#include "device/cuda/kernel_source.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// "x.h" out of `#include "x.h"` or `#include <x.h>`; empty for every other line.
absl::string_view IncludedName(absl::string_view line) {
  line = absl::StripLeadingAsciiWhitespace(line);
  if (!absl::ConsumePrefix(&line, "#")) return "";
  line = absl::StripLeadingAsciiWhitespace(line);
  if (!absl::ConsumePrefix(&line, "include")) return "";
  line = absl::StripLeadingAsciiWhitespace(line);
  if (line.empty() || (line.front() != '"' && line.front() != '<')) return "";
  const char close = line.front() == '"' ? '"' : '>';
  line.remove_prefix(1);
  const size_t end = line.find(close);
  return end == absl::string_view::npos ? absl::string_view() : line.substr(0, end);
}

bool IsFile(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

class Scanner {
 public:
  explicit Scanner(const KernelSource& source) : source_(source) {}

  // Adds what `text` includes, depth first. `directory` is that of the file it is from, empty if it
  // is from none.
  absl::Status Scan(absl::string_view text, const std::string& directory) {
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      const absl::string_view name = IncludedName(line);
      if (!name.empty()) ATTUNE_RETURN_IF_ERROR(Add(name, directory));
    }
    return absl::OkStatus();
  }

  HeaderSet TakeReached() { return std::move(reached_); }

 private:
  absl::Status Add(absl::string_view name, const std::string& directory) {
    if (source_.headers != nullptr) {
      const auto header = source_.headers->find(std::string(name));
      if (header != source_.headers->end()) {
        if (!reached_.insert(*header).second) return absl::OkStatus();
        return Scan(header->second, "");
      }
    }
    const std::string path = FindFile(name, directory);
    if (path.empty() || reached_.count(path) != 0) return absl::OkStatus();
    ATTUNE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    reached_.emplace(path, text);
    return Scan(text, std::filesystem::path(path).parent_path().string());
  }

  std::string FindFile(absl::string_view name, const std::string& directory) const {
    if (!directory.empty()) {
      std::string path = absl::StrCat(directory, "/", name);
      if (IsFile(path)) return path;
    }
    for (const std::string& include_directory : source_.include_directories) {
      std::string path = absl::StrCat(include_directory, "/", name);
      if (IsFile(path)) return path;
    }
    return "";
  }

  const KernelSource& source_;
  HeaderSet reached_;
};

}  // namespace

std::string CompileArchitecture(absl::string_view architecture) {
  absl::string_view digits = architecture;
  int number = 0;
  if (!absl::ConsumePrefix(&digits, "sm_") || !absl::SimpleAtoi(digits, &number) || number < 90) {
    return std::string(architecture);
  }
  return absl::StrCat(architecture, "a");
}

absl::StatusOr<HeaderSet> ReachedHeaders(const KernelSource& source) {
  Scanner scanner(source);
  ATTUNE_RETURN_IF_ERROR(scanner.Scan(source.text, ""));
  return scanner.TakeReached();
}

}  // namespace attune
