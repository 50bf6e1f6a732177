// Divides the processors among processes that work side by side.
#ifndef ATTUNE_AUTOTUNE_BENCH_PROCESSOR_SLICE_H_
#define ATTUNE_AUTOTUNE_BENCH_PROCESSOR_SLICE_H_

#include <vector>

#include "absl/status/status.h"

namespace attune {

// The `index`-th of `count` parts of `processors`, of equal sizes but for one; at least one of
// them. `processors` are not empty, and 0 <= index < count.
std::vector<int> SliceOf(const std::vector<int>& processors, int index, int count);

// Restricts the calling thread, and all threads and processes that it starts from now on, to that
// part of the processors that it was left when this was first called.
absl::Status KeepToSlice(int index, int count);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_BENCH_PROCESSOR_SLICE_H_
