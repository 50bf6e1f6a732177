#include "device/cuda/cuda_device_info.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace attune {
namespace {

struct NamedAttribute {
  const char* name;
  CUdevice_attribute attribute;
};

constexpr NamedAttribute kAttributes[] = {
    {"multiprocessors", CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT},
    {"clock_khz", CU_DEVICE_ATTRIBUTE_CLOCK_RATE},
    {"memory_clock_khz", CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE},
    {"memory_bus_bits", CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH},
    {"l2_bytes", CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE},
    {"shared_bytes_per_block", CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN},
    {"shared_bytes_per_block_default", CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK},
    {"shared_bytes_per_block_reserved", CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK},
    {"shared_bytes_per_multiprocessor", CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR},
    {"registers_per_multiprocessor", CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR},
    {"registers_per_block", CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK},
    {"threads_per_multiprocessor", CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR},
    {"threads_per_block", CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK},
    {"blocks_per_multiprocessor", CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR},
    {"warp_size", CU_DEVICE_ATTRIBUTE_WARP_SIZE},
    {"cluster_launch", CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH},
};

std::string MajorMinor(int cuda_version) {
  return absl::StrCat(cuda_version / 1000, ".", cuda_version % 1000 / 10);
}

// "cuda 13.0 driver 580"; a part that nobody says is named by what is known instead.
std::string Environment(const Driver& driver, absl::string_view nvrtc_version) {
  const std::vector<std::string> driver_version = absl::StrSplit(driver.version, '.');
  return absl::StrCat(
      nvrtc_version.empty() ? "cuda without nvrtc" : absl::StrCat("cuda ", nvrtc_version),
      " driver ",
      driver.version.empty() ? absl::StrCat("for cuda ", MajorMinor(driver.cuda_version))
                             : driver_version.front());
}

int64_t VersionNumber(absl::string_view version) {
  const std::vector<absl::string_view> parts = absl::StrSplit(version, '.');
  int major = 0;
  int minor = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor)) {
    return 0;
  }
  return major * 1000 + minor * 10;
}

}  // namespace

absl::StatusOr<DeviceInfo> QueryCudaDeviceInfo(const Driver& driver, int index,
                                               absl::string_view nvrtc_version) {
  CUdevice device = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGet, &device, index);
  char name[256] = {};
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGetName, name, sizeof(name) - 1, device);
  size_t memory_bytes = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceTotalMem, &memory_bytes, device);
  int major = 0;
  int minor = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGetAttribute, &major,
                              CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device);
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGetAttribute, &minor,
                              CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device);
  DeviceInfo info;
  info.id = absl::StrCat("cuda:", index);
  info.kind = DeviceKind::kCuda;
  info.model = name;
  info.architecture = absl::StrCat("sm_", major, minor);
  info.environment = Environment(driver, nvrtc_version);
  info.attributes["compute_capability"] = major * 10 + minor;
  info.attributes["memory_bytes"] = static_cast<int64_t>(memory_bytes);
  info.attributes["driver_cuda_version"] = driver.cuda_version;
  info.attributes["nvrtc_version"] = VersionNumber(nvrtc_version);
  for (const NamedAttribute& named : kAttributes) {
    int value = 0;
    ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGetAttribute, &value, named.attribute, device);
    info.attributes[named.name] = value;
  }
  return info;
}

}  // namespace attune
