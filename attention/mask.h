// Which keys each query sees.
#ifndef ATTUNE_ATTENTION_MASK_H_
#define ATTUNE_ATTENTION_MASK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Where the diagonal runs when lengths differ: through the last query and the last key (decoding
// with a cache needs it), or through the first of each.
enum class Alignment { kBottomRight, kTopLeft };

// Query i sees key j if  i + offset - left <= j <= i + offset + right,  where offset is kv_len -
// q_len for bottom-right alignment and 0 for top-left. An absent bound does not bind.
struct Mask {
  std::optional<int64_t> left = std::nullopt;
  std::optional<int64_t> right = std::nullopt;
  Alignment alignment = Alignment::kBottomRight;

  static Mask Full() { return {}; }
  static Mask Causal(Alignment alignment = Alignment::kBottomRight) {
    return {.left = std::nullopt, .right = 0, .alignment = alignment};
  }
  // The `left` keys before the diagonal's, the diagonal's own, and the `right` after it.
  static Mask Window(int64_t left, int64_t right, Alignment alignment = Alignment::kBottomRight) {
    return {.left = left, .right = right, .alignment = alignment};
  }

  bool bounded() const { return left.has_value() || right.has_value(); }

  // "full", "causal", "window:1024:0"; "inf" for a bound that does not bind; ":top_left" behind it
  // unless the alignment is bottom-right. Parse takes no negative bounds.
  std::string ToString() const;
  static absl::StatusOr<Mask> Parse(absl::string_view text);

  friend bool operator==(const Mask&, const Mask&) = default;
};

// kv index minus query index on the diagonal.
int64_t DiagonalOffset(const Mask& mask, int64_t q_len, int64_t kv_len);

// Keys [begin, end) that query `row` sees; begin == end if none.
struct KeyRange {
  int64_t begin = 0;
  int64_t end = 0;
};
KeyRange VisibleKeys(const Mask& mask, int64_t q_len, int64_t kv_len, int64_t row);

// Keys [begin, end) that at least one of the query rows [first, last] sees.
KeyRange VisibleKeys(const Mask& mask, int64_t q_len, int64_t kv_len, int64_t first, int64_t last);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_MASK_H_
