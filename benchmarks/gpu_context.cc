#include "benchmarks/gpu_context.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmarks/run_context.h"
#include "device/discovery.h"

namespace attune {

absl::StatusOr<CudaDevice*> BenchmarkedGpu() {
  static auto* const device = new absl::StatusOr<std::unique_ptr<Device>>(OpenDevice("cuda:0"));
  if (!device->ok()) return device->status();
  return AsCudaDevice(***device);
}

void AddGpuContext(CudaDevice& gpu) {
  AddDeviceContext("device", gpu.info());
  const int64_t toolkit = gpu.info().Attribute("nvrtc_version");
  benchmark::AddCustomContext("driver", gpu.context()->driver().version);
  benchmark::AddCustomContext("toolkit", absl::StrCat(toolkit / 1000, ".", toolkit % 1000 / 10));
  const absl::StatusOr<DeviceState> state = gpu.ReadState();
  if (!state.ok()) {
    benchmark::AddCustomContext("clocks", absl::StrCat("unknown: ", state.status().message()));
    return;
  }
  benchmark::AddCustomContext("clocks", absl::StrCat("multiprocessors ", state->core_mhz,
                                                     " MHz, memory ", state->memory_mhz, " MHz"));
  benchmark::AddCustomContext("temperature", absl::StrCat(state->temperature_celsius, " C"));
  benchmark::AddCustomContext("power", absl::StrFormat("%.0f W", state->power_watts));
  benchmark::AddCustomContext("throttle_reasons", absl::StrFormat("%#x", state->throttle_reasons));
}

}  // namespace attune
