#include "autotune/bench/processor_slice.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace attune {
namespace {

// Empty if the system does not tell.
std::vector<int> OwnProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> processors;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return processors;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  }
  return processors;
}

}  // namespace

std::vector<int> SliceOf(const std::vector<int>& processors, int index, int count) {
  const auto size = static_cast<std::ptrdiff_t>(processors.size());
  const std::ptrdiff_t begin = std::min(index * size / count, size - 1);
  const std::ptrdiff_t end = std::max(begin + 1, (index + 1) * size / count);
  return {processors.begin() + begin, processors.begin() + end};
}

absl::Status KeepToSlice(int index, int count) {
  static const auto* const all = new std::vector<int>(OwnProcessors());
  if (all->empty()) return absl::UnavailableError("the system does not tell the processors");
  const std::vector<int> slice = SliceOf(*all, index, count);
  // Not every sandbox lets a process choose, and one bench alone need not.
  if (slice == OwnProcessors()) return absl::OkStatus();
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : slice) CPU_SET(processor, &set);
  if (sched_setaffinity(0, sizeof(set), &set) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "cannot keep to a part of the processors");
}

}  // namespace attune
