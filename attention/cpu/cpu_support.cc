// First, as it says which targets there are.
#include "attention/cpu/targets.h"
// Then the rest.
#include "absl/strings/str_cat.h"
#include "attention/cpu/cpu_support.h"
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

}  // namespace attune
