// Named workloads to tune together.
#ifndef ATTUNE_AUTOTUNE_WORKLOAD_SUITE_H_
#define ATTUNE_AUTOTUNE_WORKLOAD_SUITE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/workload/workload.h"

namespace attune {

struct NamedWorkload {
  std::string name;
  Workload workload;
};

// Parses the text protobuf SuiteSpec. Errors name `source` and the line or the workload: no
// workloads, missing or repeated names, workloads that do not parse.
absl::StatusOr<std::vector<NamedWorkload>> ParseSuite(absl::string_view text,
                                                      absl::string_view source);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_WORKLOAD_SUITE_H_
