#include "attention/cuda/testing/architectures.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

struct Architecture {
  int64_t compute_capability;
  const char* model;
  int64_t multiprocessors;
  int64_t l2_mib;
  int64_t shared_kib_per_multiprocessor;  // a block can have all but 1 KiB of it
  int64_t threads_per_multiprocessor;
};

constexpr Architecture kArchitectures[] = {
    {80, "A100", 108, 40, 164, 2048},   {86, "A40", 84, 6, 100, 1536},
    {89, "L40", 142, 96, 100, 1536},    {90, "H200", 132, 50, 228, 2048},
    {100, "B200", 148, 126, 228, 2048}, {120, "RTX 5080", 84, 64, 100, 1536},
};

DeviceInfo Describe(const Architecture& architecture) {
  DeviceInfo info;
  info.id = "cuda:0";
  info.kind = DeviceKind::kCuda;
  info.model = architecture.model;
  info.architecture = absl::StrCat("sm_", architecture.compute_capability);
  info.environment = "cuda 13.0 driver 580";
  const int64_t shared_bytes = architecture.shared_kib_per_multiprocessor << 10;
  info.attributes = {
      {"compute_capability", architecture.compute_capability},
      {"multiprocessors", architecture.multiprocessors},
      {"l2_bytes", architecture.l2_mib << 20},
      {"shared_bytes_per_block", shared_bytes - 1024},
      {"shared_bytes_per_block_default", 48 << 10},
      {"shared_bytes_per_block_reserved", 1024},
      {"shared_bytes_per_multiprocessor", shared_bytes},
      {"registers_per_multiprocessor", 65536},
      {"registers_per_block", 65536},
      {"threads_per_multiprocessor", architecture.threads_per_multiprocessor},
      {"threads_per_block", 1024},
      {"blocks_per_multiprocessor", 16},
      {"warp_size", 32},
      {"cluster_launch", architecture.compute_capability >= 90 ? 1 : 0},
      {"nvrtc_version", 13000},
  };
  return info;
}

}  // namespace

std::vector<DeviceInfo> TestedArchitectures() {
  std::vector<DeviceInfo> devices;
  for (const Architecture& architecture : kArchitectures) {
    devices.push_back(Describe(architecture));
  }
  return devices;
}

}  // namespace attune
