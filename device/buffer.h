// Owned device memory.
#ifndef ATTUNE_DEVICE_BUFFER_H_
#define ATTUNE_DEVICE_BUFFER_H_

#include <cstdint>
#include <functional>
#include <utility>

namespace attune {

// Gives its memory back to the device it came from when destroyed. Movable, not copyable.
class Buffer {
 public:
  using Release = std::function<void(void* data, int64_t bytes)>;

  Buffer() = default;
  // Takes `bytes` at `data`; calls `release` once, when the last owner goes.
  Buffer(void* data, int64_t bytes, Release release)
      : data_(data), bytes_(bytes), release_(std::move(release)) {}
  Buffer(Buffer&& other) noexcept { Swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer taken(std::move(other));
    Swap(taken);
    return *this;
  }
  ~Buffer() {
    if (release_) release_(data_, bytes_);
  }

  // Null when empty. On GPUs an address of device memory.
  void* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  void Swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    std::swap(release_, other.release_);
  }

  void* data_ = nullptr;
  int64_t bytes_ = 0;
  Release release_;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_BUFFER_H_
