#include "testing/gpu/gpu.h"

#include <memory>
#include <utility>

#include "device/discovery.h"

namespace attune {

absl::StatusOr<Device*> SharedGpu() {
  static auto* const device = new absl::StatusOr<std::unique_ptr<Device>>(OpenDevice("cuda:0"));
  if (!device->ok()) return device->status();
  return (*device)->get();
}

}  // namespace attune
