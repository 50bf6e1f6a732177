#include "operators/cuda/cuda_support.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

std::string Capability(int64_t compute_capability) {
  return absl::StrCat(compute_capability / 10, ".", compute_capability % 10);
}

}  // namespace

absl::Status CheckCudaSupport(absl::string_view family, int64_t compute_capability,
                              const DeviceInfo& device) {
  if (device.kind != DeviceKind::kCuda) {
    return absl::UnimplementedError(
        absl::StrCat(family, " runs on NVIDIA GPUs; ", device.id, " is another kind of device."));
  }
  const int64_t found = device.Attribute("compute_capability");
  if (found < compute_capability) {
    return absl::UnimplementedError(absl::StrCat(
        family, " needs compute capability ", Capability(compute_capability), " or later; ",
        device.id, " (", device.model, ") has ", Capability(found), "."));
  }
  if (device.Attribute("nvrtc_version") == 0) {
    return absl::UnimplementedError(
        absl::StrCat(family,
                     " is compiled at run time and found no NVRTC: install a CUDA toolkit, "
                     "or name one in $CUDA_HOME."));
  }
  return absl::OkStatus();
}

absl::Status CheckArchitectureSpecificSupport(absl::string_view family, int64_t compute_capability,
                                              const DeviceInfo& device) {
  ATTUNE_RETURN_IF_ERROR(CheckCudaSupport(family, compute_capability, device));
  if (device.Attribute("compute_capability") == compute_capability) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat(family, " is code for compute capability ",
                                               Capability(compute_capability), " alone (sm_",
                                               compute_capability, "a); ", device.id, " (",
                                               device.model, ") is ", device.architecture, "."));
}

}  // namespace attune
