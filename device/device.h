// What runs kernels. Implementations: cpu/, cuda/, and fake/ for tests.
#ifndef ATTUNE_DEVICE_DEVICE_H_
#define ATTUNE_DEVICE_DEVICE_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "device/buffer.h"
#include "device/device_info.h"

namespace attune {

// An ordered queue of work. On the CPU work is done when it has been enqueued.
class Stream {
 public:
  virtual ~Stream() = default;
  // Waits until all work enqueued so far is done; reports its errors.
  virtual absl::Status Synchronize() = 0;
  // The CUstream on CUDA devices; null on the CPU.
  virtual void* native_handle() const = 0;
};

// Measures device time between two points of a stream. May be started again after Elapsed.
class Timer {
 public:
  virtual ~Timer() = default;
  virtual absl::Status Start(Stream& stream) = 0;
  virtual absl::Status Stop(Stream& stream) = 0;
  // Waits for the stop point to be reached.
  virtual absl::StatusOr<absl::Duration> Elapsed() = 0;
};

// What a device is doing.
struct DeviceState {
  double core_mhz = 0;
  double memory_mhz = 0;
  double temperature_celsius = 0;
  double power_watts = 0;
  // Why its clocks are below what they could be, a bit for each reason as the device numbers them.
  uint64_t throttle_reasons = 0;
  // Whether one of them makes it slower than it would be on its own: heat or power, not idleness.
  bool throttled = false;
};

struct MemoryUsage {
  int64_t current_bytes = 0;  // held by live buffers of this device object
  int64_t peak_bytes = 0;     // the most it held at once, since ResetPeak
};

// Thread-safe unless said otherwise. Buffers, streams and timers must not outlive their device.
class Device {
 public:
  virtual ~Device() = default;

  virtual const DeviceInfo& info() const = 0;

  // `bytes` of device memory, 256-byte aligned, not initialised. ResourceExhausted says how much
  // was needed and how much there was.
  virtual absl::StatusOr<Buffer> Allocate(int64_t bytes) = 0;
  virtual MemoryUsage memory_usage() const = 0;
  virtual void ResetPeakMemory() = 0;

  virtual absl::StatusOr<std::unique_ptr<Stream>> CreateStream() = 0;
  virtual absl::StatusOr<std::unique_ptr<Timer>> CreateTimer() = 0;

  // Copies complete before they return. Device pointers are as Buffer::data() gives them.
  virtual absl::Status CopyToDevice(void* device_destination, const void* host_source,
                                    int64_t bytes) = 0;
  virtual absl::Status CopyToHost(void* host_destination, const void* device_source,
                                  int64_t bytes) = 0;
  virtual absl::Status Fill(void* device_destination, uint8_t value, int64_t bytes) = 0;

  // Enqueues work that leaves nothing of earlier work in the caches that one kernel's data fits in.
  virtual absl::Status FlushCaches(Stream& stream) = 0;

  // What it is doing now. Unimplemented where nothing tells.
  virtual absl::StatusOr<DeviceState> ReadState() {
    return absl::UnimplementedError("nothing tells this device's clocks");
  }
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_DEVICE_H_
