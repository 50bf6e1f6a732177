// An NVIDIA GPU as a Device.
#ifndef ATTUNE_DEVICE_CUDA_CUDA_DEVICE_H_
#define ATTUNE_DEVICE_CUDA_CUDA_DEVICE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "device/cuda/context.h"
#include "device/cuda/driver.h"
#include "device/cuda/nvml.h"
#include "device/cuda/stream.h"
#include "device/device.h"
#include "device/host_pinning.h"
#include "device/memory_counter.h"

namespace attune {

// Thread-safe. Copies and fills are ordered with no stream: Synchronize() the stream that writes
// what is copied.
class CudaDevice : public Device, public HostPinning {
 public:
  // `driver` must outlive the device. `nvrtc_version` as in QueryCudaDeviceInfo.
  static absl::StatusOr<std::unique_ptr<CudaDevice>> Create(const Driver& driver, int index,
                                                            absl::string_view nvrtc_version);
  ~CudaDevice() override;

  const DeviceInfo& info() const override { return info_; }
  // Zero bytes are an empty buffer.
  absl::StatusOr<Buffer> Allocate(int64_t bytes) override;
  MemoryUsage memory_usage() const override { return memory_.usage(); }
  void ResetPeakMemory() override { memory_.ResetPeak(); }
  absl::StatusOr<std::unique_ptr<Stream>> CreateStream() override;
  absl::StatusOr<std::unique_ptr<Timer>> CreateTimer() override;
  absl::Status CopyToDevice(void* device_destination, const void* host_source,
                            int64_t bytes) override;
  absl::Status CopyToHost(void* host_destination, const void* device_source,
                          int64_t bytes) override;
  absl::Status Fill(void* device_destination, uint8_t value, int64_t bytes) override;
  std::shared_ptr<void> PinHost(void* data, int64_t bytes) override;
  // Writes a buffer of twice the L2's size, which is allocated at the first call and counts in no
  // memory_usage().
  absl::Status FlushCaches(Stream& stream) override;

  // By NVML. NotFound where there is none.
  absl::StatusOr<DeviceState> ReadState() override;

  const std::shared_ptr<const CudaContext>& context() const { return context_; }

 private:
  CudaDevice(std::shared_ptr<const CudaContext> context, DeviceInfo info,
             std::unique_ptr<CudaStream> copies)
      : context_(std::move(context)), info_(std::move(info)), copies_(std::move(copies)) {}

  const Driver& driver() const { return context_->driver(); }
  absl::StatusOr<CUdeviceptr> AllocateRaw(int64_t bytes, absl::string_view purpose);
  void Free(void* data, int64_t bytes);
  absl::StatusOr<CUdeviceptr> FlushBuffer();
  absl::StatusOr<GpuMonitor> OpenMonitor() const;
  int64_t FlushBytes() const;

  const std::shared_ptr<const CudaContext> context_;
  const DeviceInfo info_;
  // Runs the copies and fills, which wait for nothing else.
  const std::unique_ptr<CudaStream> copies_;
  MemoryCounter memory_;
  std::mutex flush_mutex_;
  CUdeviceptr flush_buffer_ = 0;
  std::mutex monitor_mutex_;
  std::optional<absl::StatusOr<GpuMonitor>> monitor_;  // opened when first asked for
};

// `device` as the GPU that it is. InvalidArgument if it is something else.
absl::StatusOr<CudaDevice*> AsCudaDevice(Device& device);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_CUDA_DEVICE_H_
