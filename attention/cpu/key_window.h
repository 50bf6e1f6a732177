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

inline KeyWindow MakeKeyWindow(const Problem& problem) {
  // Beyond every length, and far from overflow.
  constexpr int64_t kUnbounded = 4 * kMaxLength;
  const int64_t offset = DiagonalOffset(problem.mask, problem.q_len, problem.kv_len);
  const auto bound = [kUnbounded](int64_t value) {
    return std::clamp(value, -kUnbounded, kUnbounded);
  };
  return {.low = offset - bound(problem.mask.left.value_or(kUnbounded)),
          .high = offset + bound(problem.mask.right.value_or(kUnbounded)),
          .diagonal_offset = offset};
}

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_KEY_WINDOW_H_
