// Device memory in use, now and at most.
#ifndef ATTUNE_DEVICE_MEMORY_COUNTER_H_
#define ATTUNE_DEVICE_MEMORY_COUNTER_H_

#include <cstdint>
#include <mutex>

#include "device/device.h"

namespace attune {

// Counts what a device's live buffers hold. Thread-safe.
class MemoryCounter {
 public:
  void Add(int64_t bytes);
  void Remove(int64_t bytes);
  void ResetPeak();
  MemoryUsage usage() const;

 private:
  mutable std::mutex mutex_;
  MemoryUsage usage_;  // guarded by mutex_
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_MEMORY_COUNTER_H_
