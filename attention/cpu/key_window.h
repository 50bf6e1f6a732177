// A mask as the CPU kernels' inner loops want it.
#ifndef ATTUNE_ATTENTION_CPU_KEY_WINDOW_H_
#define ATTUNE_ATTENTION_CPU_KEY_WINDOW_H_

#include <algorithm>
#include <cstdint>

#include "attention/mask.h"
#include "attention/problem.h"

namespace attune {

// Query i sees key j if i + low <= j <= i + high.
struct KeyWindow {
  int64_t low = 0;
  int64_t high = 0;
  int64_t diagonal_offset = 0;

  // [begin, end) of the keys that query `row` sees, and of the queries that see key `key`.
  KeyRange Keys(int64_t row, int64_t kv_len) const {
    return Clamped(row + low, row + high, kv_len);
  }
  KeyRange Queries(int64_t key, int64_t q_len) const {
    return Clamped(key - high, key - low, q_len);
  }

 private:
  static KeyRange Clamped(int64_t first, int64_t last, int64_t length) {
    const int64_t begin = std::clamp<int64_t>(first, 0, length);
    return {.begin = begin, .end = std::clamp<int64_t>(last + 1, begin, length)};
  }
};

// What some of several rows see, and what all of them see.
struct VisibleUnion {
  int64_t begin = INT64_MAX;
  int64_t end = 0;
  int64_t all_begin = 0;
  int64_t all_end = INT64_MAX;

  void Add(KeyRange range) {
    all_begin = std::max(all_begin, range.begin);
    all_end = std::min(all_end, range.end);
    if (range.begin == range.end) return;
    begin = std::min(begin, range.begin);
    end = std::max(end, range.end);
  }
};

// The part of `visible` in the tile [tile, tile + size), widened to whole steps; empty if begin >=
// end. `tile` and `size` are multiples of `step`.
inline KeyRange InTile(const VisibleUnion& visible, int64_t tile, int64_t size, int64_t step) {
  const int64_t last = std::min(visible.end, tile + size);
  return {.begin = std::max(visible.begin, tile) / step * step,
          .end = (last + step - 1) / step * step};
}

// Whether some row does not see all of `range`.
inline bool IsMasked(const VisibleUnion& visible, KeyRange range) {
  return visible.all_begin > range.begin || visible.all_end < range.end;
}

inline KeyRange Intersection(KeyRange a, KeyRange b) {
  const int64_t begin = std::clamp(a.begin, b.begin, b.end);
  return {.begin = begin, .end = std::clamp(a.end, begin, b.end)};
}

inline KeyWindow MakeKeyWindow(const Mask& mask, int64_t q_len, int64_t kv_len) {
  // Beyond every length, and far from overflow.
  constexpr int64_t kUnbounded = 4 * kMaxLength;
  const int64_t offset = DiagonalOffset(mask, q_len, kv_len);
  const auto bound = [kUnbounded](int64_t value) {
    return std::clamp(value, -kUnbounded, kUnbounded);
  };
  return {.low = offset - bound(mask.left.value_or(kUnbounded)),
          .high = offset + bound(mask.right.value_or(kUnbounded)),
          .diagonal_offset = offset};
}

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_KEY_WINDOW_H_
