// The program behind //benchmarks:dashboard: the page's files are part of it.
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "benchmarks/report/dashboard_command.h"
#include "benchmarks/report/page_files.h"

namespace attune {
namespace {

// In the order in which they need each other.
constexpr const char* kScripts[] = {
    "data",          "dom",          "state",        "chart",       "view_fastest",
    "view_roofline", "view_history", "view_compare", "view_tuning", "view_provenance",
    "main"};

std::string TextOf(const std::string& name) {
  for (const auto& [path, text] : PageFiles()) {
    if (absl::EndsWith(path, absl::StrCat("/", name))) return text;
  }
  return "";
}

PageParts Parts() {
  PageParts parts = {.html = TextOf("index.html"),
                     .style = TextOf("style.css"),
                     .echarts = TextOf("echarts.min.js"),
                     .live_script = TextOf("live.js")};
  for (const char* name : kScripts) {
    absl::StrAppend(&parts.scripts, "\n", TextOf(absl::StrCat(name, ".js")));
  }
  return parts;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  return attune::RunDashboardCommand(std::vector<std::string>(argv + 1, argv + argc),
                                     attune::Parts(), std::cout, std::cerr);
}
