#include "numerics/nan.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/parallel.h"

namespace attune {
namespace {

// A block is looked at whole, which the compiler makes vector instructions of; only one that holds
// a NaN is looked at again.
constexpr int64_t kBlock = 1024;
constexpr int64_t kElementsPerTask = int64_t{1} << 20;

// A NaN's bits, less the sign, are above those of infinity; `Bits` is signed because what is left
// without the sign is not negative, and signed comparison is the one that every vector set has.
template <typename Bits>
bool IsNan(Bits bits, Bits magnitude, Bits infinity) {
  return static_cast<Bits>(bits & magnitude) > infinity;
}

template <typename Bits>
std::optional<int64_t> FirstNan(const void* data, int64_t count, Bits magnitude, Bits infinity) {
  Bits block[kBlock];
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t size = std::min(kBlock, count - begin);
    if (size < kBlock) std::fill(block, block + kBlock, Bits{0});
    std::memcpy(block, static_cast<const Bits*>(data) + begin, size * sizeof(Bits));
    Bits any = 0;
    for (int64_t i = 0; i < kBlock; ++i) any |= IsNan(block[i], magnitude, infinity);
    if (any == 0) continue;
    for (int64_t i = 0; i < size; ++i) {
      if (IsNan(block[i], magnitude, infinity)) return begin + i;
    }
  }
  return std::nullopt;
}

std::optional<int64_t> FirstNanOf(Dtype dtype, const void* data, int64_t count) {
  switch (dtype) {
    case Dtype::kFloat32:
      return FirstNan<int32_t>(data, count, 0x7fffffff, 0x7f800000);
    case Dtype::kFloat16:
      return FirstNan<int16_t>(data, count, 0x7fff, 0x7c00);
    case Dtype::kBfloat16:
      return FirstNan<int16_t>(data, count, 0x7fff, 0x7f80);
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> FirstNan(Dtype dtype, const void* data, int64_t count) {
  const int64_t tasks = (count + kElementsPerTask - 1) / kElementsPerTask;
  std::vector<std::optional<int64_t>> found(tasks);
  ParallelFor(tasks, AvailableThreads(), [&](int64_t task, int64_t) {
    const int64_t begin = task * kElementsPerTask;
    found[task] = FirstNanOf(dtype, static_cast<const char*>(data) + begin * DtypeBytes(dtype),
                             std::min(kElementsPerTask, count - begin));
  });
  for (int64_t task = 0; task < tasks; ++task) {
    if (found[task].has_value()) return task * kElementsPerTask + *found[task];
  }
  return std::nullopt;
}

}  // namespace attune
