// Which kernel family serves which problem, and why the others do not.
#ifndef ATTUNE_TESTING_GPU_FAMILY_TABLE_H_
#define ATTUNE_TESTING_GPU_FAMILY_TABLE_H_

#include <vector>

#include "absl/types/span.h"
#include "attention/family.h"
#include "device/device_info.h"
#include "testing/gpu/standard_problems.h"
#include "testing/report/report.h"

namespace attune {

// A row for each problem, direction and family of that direction: "serves" for the first family
// that supports the problem on `device`, which is the one that plans choose; "could serve" for
// later ones; otherwise the family's own reason.
ReportTable FamilyTable(absl::Span<const AttentionFamily* const> families,
                        const std::vector<NamedProblem>& problems, const DeviceInfo& device);

}  // namespace attune

#endif  // ATTUNE_TESTING_GPU_FAMILY_TABLE_H_
