#include "device/memory_counter.h"

#include <algorithm>
#include <mutex>

namespace attune {

void MemoryCounter::Add(int64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  usage_.current_bytes += bytes;
  usage_.peak_bytes = std::max(usage_.peak_bytes, usage_.current_bytes);
}

void MemoryCounter::Remove(int64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  usage_.current_bytes -= bytes;
}

void MemoryCounter::ResetPeak() {
  const std::lock_guard<std::mutex> lock(mutex_);
  usage_.peak_bytes = usage_.current_bytes;
}

MemoryUsage MemoryCounter::usage() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return usage_;
}

}  // namespace attune
