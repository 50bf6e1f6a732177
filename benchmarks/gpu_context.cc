#include "benchmarks/gpu_context.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "benchmarks/run_context.h"
#include "device/discovery.h"

namespace attune {
namespace {

absl::StatusOr<GpuState> StateOf(const CudaDevice& gpu) {
  ATTUNE_ASSIGN_OR_RETURN(const GpuMonitor monitor, MonitorOf(gpu));
  return monitor.Read();
}

}  // namespace

absl::StatusOr<CudaDevice*> BenchmarkedGpu() {
  static auto* const device = new absl::StatusOr<std::unique_ptr<Device>>(OpenDevice("cuda:0"));
  if (!device->ok()) return device->status();
  return AsCudaDevice(***device);
}

absl::StatusOr<GpuMonitor> MonitorOf(const CudaDevice& gpu) {
  char pci_bus_id[32] = {};
  ATTUNE_CUDA_RETURN_IF_ERROR(gpu.context()->driver(), DeviceGetPCIBusId, pci_bus_id,
                              sizeof(pci_bus_id), gpu.context()->device());
  return GpuMonitor::Open(pci_bus_id);
}

void AddGpuContext(const CudaDevice& gpu) {
  AddDeviceContext("device", gpu.info());
  const int64_t toolkit = gpu.info().Attribute("nvrtc_version");
  benchmark::AddCustomContext("driver", gpu.context()->driver().version);
  benchmark::AddCustomContext("toolkit", absl::StrCat(toolkit / 1000, ".", toolkit % 1000 / 10));
  const absl::StatusOr<GpuState> state = StateOf(gpu);
  if (!state.ok()) {
    benchmark::AddCustomContext("clocks", absl::StrCat("unknown: ", state.status().message()));
    return;
  }
  benchmark::AddCustomContext("clocks", absl::StrCat("multiprocessors ", state->multiprocessor_mhz,
                                                     " MHz, memory ", state->memory_mhz, " MHz"));
  benchmark::AddCustomContext("temperature", absl::StrCat(state->temperature_celsius, " C"));
  benchmark::AddCustomContext("power", absl::StrFormat("%.0f W", state->power_watts));
  benchmark::AddCustomContext("throttle_reasons", absl::StrFormat("%#x", state->throttle_reasons));
}

}  // namespace attune
