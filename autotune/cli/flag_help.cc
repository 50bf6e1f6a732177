#include "autotune/cli/flag_help.h"

#include <map>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace attune {
namespace {

constexpr int kIndent = 26;
constexpr size_t kColumns = 100;

// The words of `text` in lines of at most `width` columns.
std::vector<std::string> Wrap(absl::string_view text, size_t width) {
  std::vector<std::string> lines = {""};
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.push_back("");
    absl::StrAppend(&lines.back(), lines.back().empty() ? "" : " ", word);
  }
  return lines;
}

std::string Paragraph(const absl::CommandLineFlag& flag) {
  const std::string value = flag.DefaultValue();
  std::string name = absl::StrCat("  --", flag.Name());
  if (value != "false") absl::StrAppend(&name, "=", value);
  std::string text;
  for (const std::string& line : Wrap(flag.Help(), kColumns - kIndent)) {
    // A name too long for its column has a line to itself.
    if (name.size() + 1 > kIndent) {
      absl::StrAppend(&text, name, "\n");
      name.clear();
    }
    absl::StrAppendFormat(&text, "%-*s%s\n", kIndent, name, line);
    name.clear();
  }
  return text;
}

}  // namespace

std::string FlagHelp(absl::string_view file) {
  std::map<std::string, const absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (absl::EndsWith(flag->Filename(), file)) flags.emplace(std::string(name), flag);
  }
  std::string text;
  for (const auto& [name, flag] : flags) absl::StrAppend(&text, Paragraph(*flag));
  return text;
}

}  // namespace attune
