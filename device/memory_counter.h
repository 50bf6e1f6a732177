#ifndef ATTUNE_DEVICE_MEMORY_COUNTER_H_
#define ATTUNE_DEVICE_MEMORY_COUNTER_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "device/device.h"

namespace attune {

// Counts what a device's live buffers hold. Thread-safe.
class MemoryCounter {
 public:
  void Add(int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(int64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void ResetPeak() ABSL_LOCKS_EXCLUDED(mutex_);
  MemoryUsage usage() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  MemoryUsage usage_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_MEMORY_COUNTER_H_
