#include "benchmarks/report/page.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace attune {
namespace {

// In HTML neither "</script" nor "<!--" may stand in a script (Living Standard, section 4.12.1.3).
bool EndsItsElement(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  return absl::StrContains(lower, "</script") || absl::StrContains(lower, "<!--") ||
         absl::StrContains(lower, "</style");
}

std::string LiveScript(const PageParts& parts) {
  return absl::StrCat("\nattune.version = \"", parts.version, "\";\n", parts.live_script);
}

}  // namespace

absl::StatusOr<std::string> ComposePage(const PageParts& parts) {
  for (const auto& [name, text] :
       {std::pair("style", &parts.style), std::pair("echarts", &parts.echarts),
        std::pair("scripts", &parts.scripts), std::pair("live_script", &parts.live_script)}) {
    if (EndsItsElement(*text)) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, " holds </script, </style or <!--, which would end its element"));
    }
  }
  // Outside strings JSON has no '<'.
  const std::string data = absl::StrReplaceAll(parts.data, {{"<", "\\u003c"}});
  const bool live = !parts.live_script.empty();
  const std::string scripts = absl::StrCat(parts.scripts, live ? LiveScript(parts) : "");
  const absl::string_view connect = live ? "connect-src 'self'; " : "";
  const std::map<absl::string_view, absl::string_view> values = {{"style", parts.style},
                                                                 {"echarts", parts.echarts},
                                                                 {"scripts", scripts},
                                                                 {"connect", connect},
                                                                 {"data", data}};
  // One pass: braces within the parts are theirs.
  std::string page;
  absl::string_view rest = parts.html;
  while (!rest.empty()) {
    const size_t open = rest.find("{{");
    absl::StrAppend(&page, rest.substr(0, open));
    if (open == absl::string_view::npos) break;
    const size_t close = rest.find("}}", open);
    const absl::string_view name = close == absl::string_view::npos
                                       ? rest.substr(open)
                                       : rest.substr(open + 2, close - open - 2);
    const auto value = values.find(name);
    if (value == values.end()) {
      return absl::InvalidArgumentError(absl::StrCat("the page has no part {{", name));
    }
    absl::StrAppend(&page, value->second);
    rest.remove_prefix(close + 2);
  }
  return page;
}

}  // namespace attune
