#include "autotune/workload/suite.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "autotune/workload/suite.pb.h"
#include "base/status_macros.h"
#include "base/text_proto.h"

namespace attune {

absl::StatusOr<std::vector<NamedWorkload>> ParseSuite(absl::string_view text,
                                                      absl::string_view source) {
  SuiteSpec spec;
  ATTUNE_RETURN_IF_ERROR(ParseTextProto(text, source, &spec));
  if (spec.workload().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        source, ": a suite needs at least one 'workload { name: ... workload: ... }'"));
  }
  std::vector<NamedWorkload> suite;
  std::set<std::string> names;
  for (const SuiteWorkload& entry : spec.workload()) {
    if (entry.name().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": workload '", entry.workload(), "' has no name"));
    }
    if (!names.insert(entry.name()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": two workloads are called '", entry.name(), "'"));
    }
    absl::StatusOr<Workload> workload = Workload::Parse(entry.workload());
    if (!workload.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": ", entry.name(), ": ", workload.status().message()));
    }
    suite.push_back({entry.name(), *std::move(workload)});
  }
  return suite;
}

}  // namespace attune
