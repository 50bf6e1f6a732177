// What the driver says of a GPU.
#ifndef ATTUNE_DEVICE_CUDA_CUDA_DEVICE_INFO_H_
#define ATTUNE_DEVICE_CUDA_CUDA_DEVICE_INFO_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "device/cuda/driver.h"
#include "device/device_info.h"

namespace attune {

// GPU `index` of those that the driver sees, without touching it: no context is made.
// `nvrtc_version` ("13.0", or empty if there is no compiler) goes into the environment. Attributes,
// with their units:
//   compute_capability (90 is 9.0), multiprocessors, clock_khz, memory_clock_khz, memory_bus_bits,
//   memory_bytes, l2_bytes, shared_bytes_per_block (the most that a kernel can opt in to),
//   shared_bytes_per_block_default, shared_bytes_per_block_reserved,
//   shared_bytes_per_multiprocessor, registers_per_multiprocessor, registers_per_block,
//   threads_per_multiprocessor, threads_per_block, blocks_per_multiprocessor, warp_size,
//   cluster_launch (0 or 1), driver_cuda_version and nvrtc_version (13000 is 13.0; nvrtc_version 0:
//   none).
absl::StatusOr<DeviceInfo> QueryCudaDeviceInfo(const Driver& driver, int index,
                                               absl::string_view nvrtc_version);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_CUDA_DEVICE_INFO_H_
