#include "device/cuda/launch.h"

#include <cuda.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "device/cuda/context.h"
#include "device/cuda/stream.h"

namespace attune {
namespace {

std::string Text(const Extent& extent) {
  return absl::StrCat(extent.x, "x", extent.y, "x", extent.z);
}

// The driver's message does not say what was asked for.
absl::Status LaunchError(const Driver& driver, CUresult result, const LaunchShape& shape) {
  const absl::Status status = DriverStatus(driver, result, "cuLaunchKernelEx");
  return absl::Status(status.code(),
                      absl::StrCat(status.message(), " (grid ", Text(shape.grid), ", block ",
                                   Text(shape.block), ", cluster ", Text(shape.cluster), ", ",
                                   shape.dynamic_shared_bytes, " bytes of dynamic shared memory)"));
}

}  // namespace

absl::Status Launch(Stream& stream, const KernelModule& kernel, const LaunchShape& shape,
                    absl::Span<void* const> arguments) {
  const ScopedContext scope(kernel.context());
  if (!scope.status().ok()) return scope.status();
  CUlaunchAttribute attributes[2];
  unsigned int attribute_count = 0;
  // Both exist since Hopper only: other GPUs must not see them.
  if (shape.cluster != Extent{}) {
    CUlaunchAttribute& cluster = attributes[attribute_count++];
    cluster.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
    cluster.value.clusterDim.x = shape.cluster.x;
    cluster.value.clusterDim.y = shape.cluster.y;
    cluster.value.clusterDim.z = shape.cluster.z;
  }
  if (shape.overlaps_previous) {
    CUlaunchAttribute& overlap = attributes[attribute_count++];
    overlap.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
    overlap.value.programmaticStreamSerializationAllowed = 1;
  }
  CUlaunchConfig config = {};
  config.gridDimX = shape.grid.x;
  config.gridDimY = shape.grid.y;
  config.gridDimZ = shape.grid.z;
  config.blockDimX = shape.block.x;
  config.blockDimY = shape.block.y;
  config.blockDimZ = shape.block.z;
  config.sharedMemBytes = shape.dynamic_shared_bytes;
  config.hStream = StreamHandle(stream);
  config.attrs = attributes;
  config.numAttrs = attribute_count;
  const Driver& driver = kernel.context().driver();
  // The arguments as one buffer (CU_LAUNCH_PARAM_BUFFER_POINTER) would be no faster: 400 bytes take
  // 2.80 us either way (H200, driver 580, 2026-11-22, gpu_plan_benchmark's launch_host_time).
  const CUresult result = driver.LaunchKernelEx(&config, kernel.function(),
                                                const_cast<void**>(arguments.data()), nullptr);
  if (result == CUDA_SUCCESS) return absl::OkStatus();
  return LaunchError(driver, result, shape);
}

}  // namespace attune
