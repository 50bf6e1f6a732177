// One HTML file that holds all it needs.
#ifndef ATTUNE_BENCHMARKS_REPORT_PAGE_H_
#define ATTUNE_BENCHMARKS_REPORT_PAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

struct PageParts {
  // HTML with {{style}}, {{data}}, {{echarts}}, {{scripts}} and, in its content security policy,
  // {{connect}} where they belong.
  std::string html;
  std::string style;
  std::string echarts;
  std::string scripts;
  // What a served page runs besides, and may then ask of its server. Empty for a page on disk.
  std::string live_script;
  // Which files a served page shows (folder_version.h): attune.version for `live_script`.
  std::string version;
  std::string data;  // JSON
};

// Nothing in `data` can end its element: every '<' of it becomes a JSON escape. InvalidArgument
// where a script or the style would end its own, or the HTML names a part that there is not.
absl::StatusOr<std::string> ComposePage(const PageParts& parts);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_PAGE_H_
