#include "autotune/cli/command_flags.h"

#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace attune {

std::set<std::string> FlagsDescribedIn(absl::string_view help) {
  std::set<std::string> flags;
  for (absl::string_view line : absl::StrSplit(help, '\n')) {
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, "--")) continue;
    flags.insert(std::string(line.substr(0, line.find_first_of("= "))));
  }
  return flags;
}

absl::Status CheckFlags(absl::string_view command, const std::set<std::string>& flags) {
  std::set<std::string> ignored;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (!absl::StrContains(flag->Filename(), "autotune/cli/")) continue;
    if (flags.count(std::string(name)) != 0) continue;
    if (flag->CurrentValue() != flag->DefaultValue()) ignored.insert(absl::StrCat("--", name));
  }
  if (ignored.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(command, " has no ", absl::StrJoin(ignored, ", "),
                                                 "; see `autotune ", command, " --help`"));
}

}  // namespace attune
