// First, as it says which targets there are.
#include "attention/cpu/cpu_support.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "attention/cpu/targets.h"
#include "hwy/detect_targets.h"
#include "hwy/targets.h"

namespace attune {

absl::Status CheckCpuSupport(absl::string_view family, const DeviceInfo& device) {
  if (device.kind != DeviceKind::kCpu) {
    return absl::UnimplementedError(
        absl::StrCat(family, " runs on the CPU; ", device.id, " is another kind of device."));
  }
  if ((hwy::SupportedTargets() & HWY_TARGETS) == 0) {
    return absl::UnimplementedError(
        absl::StrCat(family, " was compiled for SSE4 and better; this processor (", device.model,
                     ") has less."));
  }
  return absl::OkStatus();
}

absl::Status CheckNoExpressions(absl::string_view family, const Problem& problem) {
  if (!problem.has_expressions()) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat(
      family, " cannot compile expressions; score_expression and mask_expression run on GPUs."));
}

int64_t CpuWorkers(const DeviceInfo& device) {
  return std::max<int64_t>(1, device.Attribute("threads", 1));
}

}  // namespace attune
