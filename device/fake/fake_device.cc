#include "device/fake/fake_device.h"

#include <cstdlib>
#include <cstring>

#include "absl/strings/str_format.h"

namespace attune {
namespace {

class FakeStream : public Stream {
 public:
  explicit FakeStream(const FakeDevice* device) : device_(device) {}
  absl::Status Synchronize() override { return device_->sticky_error(); }
  void* native_handle() const override { return nullptr; }

 private:
  const FakeDevice* device_;
};

class FakeTimer : public Timer {
 public:
  explicit FakeTimer(const FakeDevice* device) : device_(device) {}
  absl::Status Start(Stream&) override {
    start_ = device_->now();
    return absl::OkStatus();
  }
  absl::Status Stop(Stream&) override {
    stop_ = device_->now();
    return absl::OkStatus();
  }
  absl::StatusOr<absl::Duration> Elapsed() override {
    if (!device_->sticky_error().ok()) return device_->sticky_error();
    return stop_ - start_;
  }

 private:
  const FakeDevice* device_;
  absl::Duration start_;
  absl::Duration stop_;
};

}  // namespace

absl::StatusOr<Buffer> FakeDevice::Allocate(int64_t bytes) {
  const int64_t left = memory_limit_ - memory_.usage().current_bytes;
  if (bytes > left) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("%s: %d bytes needed, %d free", info_.id, bytes, left));
  }
  void* data = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  memory_.Add(bytes);
  return Buffer(data, bytes, [this](void* released, int64_t released_bytes) {
    std::free(released);
    memory_.Remove(released_bytes);
  });
}

absl::StatusOr<std::unique_ptr<Stream>> FakeDevice::CreateStream() {
  return std::make_unique<FakeStream>(this);
}

absl::StatusOr<std::unique_ptr<Timer>> FakeDevice::CreateTimer() {
  return std::make_unique<FakeTimer>(this);
}

absl::Status FakeDevice::CopyToDevice(void* device_destination, const void* host_source,
                                      int64_t bytes) {
  if (bytes > 0) std::memcpy(device_destination, host_source, bytes);
  return absl::OkStatus();
}

absl::Status FakeDevice::CopyToHost(void* host_destination, const void* device_source,
                                    int64_t bytes) {
  if (bytes > 0) std::memcpy(host_destination, device_source, bytes);
  return absl::OkStatus();
}

absl::Status FakeDevice::Fill(void* device_destination, uint8_t value, int64_t bytes) {
  if (bytes > 0) std::memset(device_destination, value, bytes);
  return absl::OkStatus();
}

absl::Status FakeDevice::FlushCaches(Stream&) {
  ++cache_flushes_;
  return absl::OkStatus();
}

}  // namespace attune
