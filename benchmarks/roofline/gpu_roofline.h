// The kernels of gpu_rates.cuh and wgmma_rate.cuh, ready to be timed.
#ifndef ATTUNE_BENCHMARKS_ROOFLINE_GPU_ROOFLINE_H_
#define ATTUNE_BENCHMARKS_ROOFLINE_GPU_ROOFLINE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "device/buffer.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/kernel_source.h"
#include "device/device_info.h"

namespace attune {

// One unit's rate.
struct GpuRate {
  std::string name;        // "matrix/bf16/mma", "read"
  std::string counter;     // "TFLOP/s", "GB/s", "Gexp/s"
  double unit = 1;         // what one of the counter's is in operations or bytes
  std::string kernel;      // as C++ names it
  bool is_wgmma = false;   // needs sm_90a
  bool is_memory = false;  // reads or copies all of a buffer
  int threads = 512;       // of a block
  int blocks_per_sm = 1;
  int shared_bytes = 0;     // dynamic, of a block
  double per_block = 0;     // operations of a block and round; 0 where it is bytes that count
  double bytes_factor = 1;  // bytes moved over those of the buffer
};

// Those that `device` has the units for.
std::vector<GpuRate> GpuRates(const DeviceInfo& device);

// The code of `rate` for `architecture` ("sm_90").
KernelSource RateSource(const GpuRate& rate, const std::string& architecture);

// Compiled and loaded, with its operands.
class LoadedRate {
 public:
  // `device` must outlive it.
  static absl::StatusOr<LoadedRate> Load(const GpuRate& rate, CudaDevice& device);
  // Enqueues one launch.
  absl::Status Launch(Stream& stream) const;
  // Operations or bytes of a launch.
  double amount() const { return amount_; }

 private:
  LoadedRate(const GpuRate& rate, KernelModule kernel) : rate_(rate), kernel_(std::move(kernel)) {}

  GpuRate rate_;
  KernelModule kernel_;
  Buffer from_;
  Buffer to_;
  Buffer sink_;
  int64_t blocks_ = 0;
  double amount_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ROOFLINE_GPU_ROOFLINE_H_
