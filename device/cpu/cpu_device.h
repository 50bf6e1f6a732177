// The machine's own processor as a device: work runs in the calling thread and oneTBB's, and is
// done when it has been enqueued.
#ifndef ATTUNE_DEVICE_CPU_CPU_DEVICE_H_
#define ATTUNE_DEVICE_CPU_CPU_DEVICE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "device/device.h"
#include "device/memory_counter.h"

namespace attune {

class CpuDevice : public Device {
 public:
  CpuDevice();

  // Attributes: threads (that oneTBB would use here), vector_bytes, avx512_bf16, l1_bytes,
  // l2_bytes, l3_bytes (of one core; 0 where the system does not say), memory_bytes.
  const DeviceInfo& info() const override { return info_; }
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

  // Writes more than every core's L2 holds. The shared L3 may keep what it had: on servers it is
  // larger than any of our data, and no user finds it cold.
  absl::Status FlushCaches(Stream& stream) override;

 private:
  DeviceInfo info_;
  MemoryCounter memory_;
  std::mutex flush_mutex_;
  std::vector<uint8_t> flush_area_;  // guarded by flush_mutex_
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CPU_CPU_DEVICE_H_
