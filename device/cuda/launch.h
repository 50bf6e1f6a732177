// Launches kernels. Own host cost is a few stores: no allocation, no lock.
#ifndef ATTUNE_DEVICE_CUDA_LAUNCH_H_
#define ATTUNE_DEVICE_CUDA_LAUNCH_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "device/cuda/kernel_module.h"
#include "device/device.h"

namespace attune {

struct Extent {
  uint32_t x = 1;
  uint32_t y = 1;
  uint32_t z = 1;

  bool operator==(const Extent&) const = default;
};

struct LaunchShape {
  Extent grid{};     // in blocks; a multiple of `cluster`
  Extent block{};    // in threads
  Extent cluster{};  // in blocks; 1 x 1 x 1 launches without clusters
  uint32_t dynamic_shared_bytes = 0;
  // The kernel waits for those before it itself (attention/cuda/ptx/dependent_launch.cuh), so its
  // blocks may start while theirs end ("programmatic dependent launch"). Only from compute
  // capability 9.0 on.
  bool overlaps_previous = false;
};

// Enqueues `kernel` on `stream`. `arguments` point to the values of the kernel's parameters, in
// their order and of exactly their types; they are read before the call returns.
absl::Status Launch(Stream& stream, const KernelModule& kernel, const LaunchShape& shape,
                    absl::Span<void* const> arguments);

// The same with the values themselves. Their types must be those of the kernel's parameters: a
// device pointer is a pointer (void* will do) or a CUdeviceptr, a CUtensorMap or a struct is
// itself.
template <typename... Arguments>
absl::Status LaunchWith(Stream& stream, const KernelModule& kernel, const LaunchShape& shape,
                        const Arguments&... arguments) {
  // The null keeps the array from being empty.
  void* const pointers[] = {const_cast<void*>(static_cast<const void*>(&arguments))..., nullptr};
  return Launch(stream, kernel, shape, absl::MakeConstSpan(pointers, sizeof...(arguments)));
}

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_LAUNCH_H_
