// What a GPU is doing: clocks, temperature, power, from the driver's management library.
#ifndef ATTUNE_DEVICE_CUDA_NVML_H_
#define ATTUNE_DEVICE_CUDA_NVML_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace attune {

struct GpuState {
  unsigned multiprocessor_mhz = 0;
  unsigned memory_mhz = 0;
  unsigned temperature_celsius = 0;
  double power_watts = 0;
  // A bit for each reason why clocks are below their maximum, as NVML's
  // nvmlDeviceGetCurrentClocksThrottleReasons numbers them; 1 is idleness.
  uint64_t throttle_reasons = 0;
};

// Whether heat, power or the board slows the GPU down. What is always so is no throttling:
// idleness, a clock that was asked for, GPUs kept in step.
bool IsThrottled(const GpuState& state);

// Reads one GPU's state. Copyable; the library stays open for the rest of the process.
class GpuMonitor {
 public:
  // Of the GPU at `pci_bus_id`, as cuDeviceGetPCIBusId gives it: indices would not do, since
  // CUDA_VISIBLE_DEVICES renumbers the GPUs of CUDA alone. `library` is opened, libnvidia-ml.so.1
  // if it is empty. NotFound where there is no such library, or no such GPU.
  static absl::StatusOr<GpuMonitor> Open(const std::string& pci_bus_id,
                                         const std::string& library = "");

  absl::StatusOr<GpuState> Read() const;

 private:
  using Device = void*;
  using Result = int;

  struct Functions {
    Result (*Init)() = nullptr;
    const char* (*ErrorString)(Result) = nullptr;
    Result (*DeviceGetHandleByPciBusId)(const char*, Device*) = nullptr;
    Result (*DeviceGetClockInfo)(Device, int clock, unsigned* mhz) = nullptr;
    Result (*DeviceGetTemperature)(Device, int sensor, unsigned* celsius) = nullptr;
    Result (*DeviceGetPowerUsage)(Device, unsigned* milliwatts) = nullptr;
    // "throttle" became "event" in later drivers, which keep this name too.
    Result (*DeviceGetThrottleReasons)(Device, unsigned long long* reasons) = nullptr;
  };

  GpuMonitor(const Functions& functions, Device device) : functions_(functions), device_(device) {}
  static absl::StatusOr<Functions> LoadFunctions(const std::string& library);
  static absl::Status Check(const Functions& functions, Result result, const char* what);

  Functions functions_;
  Device device_;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_NVML_H_
