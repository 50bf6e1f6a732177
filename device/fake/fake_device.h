// A device for tests: memory on the host, time that passes only when told to.
#ifndef ATTUNE_DEVICE_FAKE_FAKE_DEVICE_H_
#define ATTUNE_DEVICE_FAKE_FAKE_DEVICE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "device/device.h"
#include "device/memory_counter.h"

namespace attune {

// Not thread-safe, but for memory.
class FakeDevice : public Device {
 public:
  FakeDevice() : FakeDevice(DeviceInfo{.id = "fake", .model = "Fake", .architecture = "fake_1"}) {}
  explicit FakeDevice(DeviceInfo info) : info_(std::move(info)) {}

  // What a kernel under test calls to take time. Timers see it.
  void Advance(absl::Duration duration) { now_ += duration; }
  absl::Duration now() const { return now_; }

  // Allocations beyond this many bytes in all are refused.
  void set_memory_limit(int64_t bytes) { memory_limit_ = bytes; }
  // Every Synchronize from here on returns `status`, as after a fault that a GPU does not recover
  // from.
  void set_sticky_error(absl::Status status) { sticky_error_ = std::move(status); }
  const absl::Status& sticky_error() const { return sticky_error_; }
  int64_t cache_flushes() const { return cache_flushes_; }
  // What ReadState asks; without it, nothing tells.
  void set_state(std::function<DeviceState()> state) { state_ = std::move(state); }

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
  absl::Status FlushCaches(Stream& stream) override;
  absl::StatusOr<DeviceState> ReadState() override {
    return state_ ? state_() : Device::ReadState();
  }

 private:
  DeviceInfo info_;
  absl::Duration now_;
  int64_t memory_limit_ = INT64_MAX;
  absl::Status sticky_error_;
  int64_t cache_flushes_ = 0;
  std::function<DeviceState()> state_;
  MemoryCounter memory_;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_FAKE_FAKE_DEVICE_H_
