#include "device/cuda/nvml.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "device/cuda/shared_library.h"

namespace attune {
namespace {

// Values of nvml.h, which toolkits may lack.
constexpr int kSuccess = 0;
constexpr int kMultiprocessorClock = 1;
constexpr int kMemoryClock = 2;
constexpr int kDieSensor = 0;

// Bits of nvmlDeviceGetCurrentClocksThrottleReasons.
constexpr uint64_t kPowerCap = 0x4;
constexpr uint64_t kHardwareSlowdown = 0x8;
constexpr uint64_t kThermalSlowdown = 0x20;
constexpr uint64_t kHardwareThermalSlowdown = 0x40;
constexpr uint64_t kPowerBrake = 0x80;

template <typename Function>
absl::Status Bind(const SharedLibrary& library, const char* symbol, Function& function) {
  function = reinterpret_cast<Function>(library.Find(symbol));
  if (function != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(library.path(), " has no ", symbol, ": it is not NVML, or too old"));
}

}  // namespace

bool IsThrottled(const GpuState& state) {
  return (state.throttle_reasons & (kPowerCap | kHardwareSlowdown | kThermalSlowdown |
                                    kHardwareThermalSlowdown | kPowerBrake)) != 0;
}

absl::StatusOr<GpuMonitor::Functions> GpuMonitor::LoadFunctions(const std::string& library) {
  ATTUNE_ASSIGN_OR_RETURN(
      const SharedLibrary nvml,
      SharedLibrary::OpenFirst("the NVIDIA driver's management library",
                               {library.empty() ? "libnvidia-ml.so.1" : library}));
  Functions functions;
  ATTUNE_RETURN_IF_ERROR(Bind(nvml, "nvmlInit_v2", functions.Init));
  ATTUNE_RETURN_IF_ERROR(Bind(nvml, "nvmlErrorString", functions.ErrorString));
  ATTUNE_RETURN_IF_ERROR(
      Bind(nvml, "nvmlDeviceGetHandleByPciBusId_v2", functions.DeviceGetHandleByPciBusId));
  ATTUNE_RETURN_IF_ERROR(Bind(nvml, "nvmlDeviceGetClockInfo", functions.DeviceGetClockInfo));
  ATTUNE_RETURN_IF_ERROR(Bind(nvml, "nvmlDeviceGetTemperature", functions.DeviceGetTemperature));
  ATTUNE_RETURN_IF_ERROR(Bind(nvml, "nvmlDeviceGetPowerUsage", functions.DeviceGetPowerUsage));
  ATTUNE_RETURN_IF_ERROR(
      Bind(nvml, "nvmlDeviceGetCurrentClocksThrottleReasons", functions.DeviceGetThrottleReasons));
  return functions;
}

absl::Status GpuMonitor::Check(const Functions& functions, Result result, const char* what) {
  if (result == kSuccess) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(what, " failed: ", functions.ErrorString(result)));
}

absl::StatusOr<GpuMonitor> GpuMonitor::Open(const std::string& pci_bus_id,
                                            const std::string& library) {
  ATTUNE_ASSIGN_OR_RETURN(const Functions functions, LoadFunctions(library));
  ATTUNE_RETURN_IF_ERROR(Check(functions, functions.Init(), "nvmlInit"));
  Device device = nullptr;
  const Result result = functions.DeviceGetHandleByPciBusId(pci_bus_id.c_str(), &device);
  if (result != kSuccess) {
    return absl::NotFoundError(
        absl::StrCat("NVML knows no GPU at ", pci_bus_id, ": ", functions.ErrorString(result)));
  }
  return GpuMonitor(functions, device);
}

absl::StatusOr<GpuState> GpuMonitor::Read() const {
  GpuState state;
  ATTUNE_RETURN_IF_ERROR(
      Check(functions_,
            functions_.DeviceGetClockInfo(device_, kMultiprocessorClock, &state.multiprocessor_mhz),
            "nvmlDeviceGetClockInfo"));
  ATTUNE_RETURN_IF_ERROR(
      Check(functions_, functions_.DeviceGetClockInfo(device_, kMemoryClock, &state.memory_mhz),
            "nvmlDeviceGetClockInfo"));
  ATTUNE_RETURN_IF_ERROR(Check(
      functions_, functions_.DeviceGetTemperature(device_, kDieSensor, &state.temperature_celsius),
      "nvmlDeviceGetTemperature"));
  unsigned milliwatts = 0;
  ATTUNE_RETURN_IF_ERROR(Check(functions_, functions_.DeviceGetPowerUsage(device_, &milliwatts),
                               "nvmlDeviceGetPowerUsage"));
  state.power_watts = milliwatts * 1e-3;
  unsigned long long reasons = 0;
  ATTUNE_RETURN_IF_ERROR(Check(functions_, functions_.DeviceGetThrottleReasons(device_, &reasons),
                               "nvmlDeviceGetCurrentClocksThrottleReasons"));
  state.throttle_reasons = reasons;
  return state;
}

}  // namespace attune
