// What devices that fetch memory of the host themselves can do for copies.
#ifndef ATTUNE_DEVICE_HOST_PINNING_H_
#define ATTUNE_DEVICE_HOST_PINNING_H_

#include <cstdint>
#include <memory>

namespace attune {

// A Device that may be this too: ask with dynamic_cast.
class HostPinning {
 public:
  virtual ~HostPinning() = default;

  // Keeps this process's memory at `data` in its place until the answer is destroyed, which must be
  // before the memory is freed: copies to it are then several times as fast. Null where that is not
  // possible.
  virtual std::shared_ptr<void> PinHost(void* data, int64_t bytes) = 0;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_HOST_PINNING_H_
