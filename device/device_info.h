// What a device is: everything that decides how fast a kernel runs on it, as plain data.
#ifndef ATTUNE_DEVICE_DEVICE_INFO_H_
#define ATTUNE_DEVICE_DEVICE_INFO_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace attune {

enum class DeviceKind { kCpu, kCuda };

struct DeviceInfo {
  // How people name it on a command line: "cpu", "cuda:0".
  std::string id;
  DeviceKind kind = DeviceKind::kCpu;
  // The maker's name of the model, and what besides it decides speed: "NVIDIA H200", "Intel(R)
  // Xeon(R), 2 threads".
  std::string model;
  // What kernels are compiled for: "AVX3", "sm_90".
  std::string architecture;
  // What compiles and launches kernels there, down to what can change speed: "gcc 12.2", "cuda 13.0
  // driver 580".
  std::string environment;
  // Numbers that constraints may name as device_<name>: "threads", "l2_bytes",
  // "shared_bytes_per_block", "multiprocessors". Features are 0 or 1: "avx512_bf16".
  std::map<std::string, int64_t, std::less<>> attributes;

  // The attribute `name`, or `otherwise` where the device has none of that name.
  int64_t Attribute(absl::string_view name, int64_t otherwise = 0) const;

  // One line for people: "cpu: Intel(R) Xeon(R) Processor, 2 threads (AVX3; gcc 12.2)".
  std::string ToString() const;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_DEVICE_INFO_H_
