#include "attention/mask.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace attune {
namespace {

constexpr absl::string_view kUnbounded = "inf";
constexpr absl::string_view kTopLeft = "top_left";

std::string BoundText(const std::optional<int64_t>& bound) {
  return bound.has_value() ? absl::StrCat(*bound) : std::string(kUnbounded);
}

bool ParseBound(absl::string_view text, std::optional<int64_t>& bound) {
  if (text == kUnbounded) {
    bound = std::nullopt;
    return true;
  }
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < 0) return false;
  bound = value;
  return true;
}

// a + b, held at the ends of the type: bounds may be as large as it.
int64_t SaturatedSum(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

int64_t SaturatedDifference(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

}  // namespace

std::string Mask::ToString() const {
  std::string text = "full";
  if (*this == Causal(alignment)) {
    text = "causal";
  } else if (bounded()) {
    text = absl::StrCat("window:", BoundText(left), ":", BoundText(right));
  }
  if (alignment == Alignment::kTopLeft) absl::StrAppend(&text, ":", kTopLeft);
  return text;
}

absl::StatusOr<Mask> Mask::Parse(absl::string_view text) {
  std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  Mask mask;
  if (parts.size() > 1 && parts.back() == kTopLeft) {
    mask.alignment = Alignment::kTopLeft;
    parts.pop_back();
  }
  if (parts.size() == 1 && parts[0] == "full") return mask;
  if (parts.size() == 1 && parts[0] == "causal") return Causal(mask.alignment);
  if (parts.size() == 3 && parts[0] == "window" && ParseBound(parts[1], mask.left) &&
      ParseBound(parts[2], mask.right)) {
    return mask;
  }
  return absl::InvalidArgumentError(absl::StrCat("cannot read mask '", text,
                                                 "'; expected full, causal or window:LEFT:RIGHT "
                                                 "(counts of keys, or inf), and :top_left behind "
                                                 "it for that alignment"));
}

int64_t DiagonalOffset(const Mask& mask, int64_t q_len, int64_t kv_len) {
  return mask.alignment == Alignment::kBottomRight ? kv_len - q_len : 0;
}

KeyRange VisibleKeys(const Mask& mask, int64_t q_len, int64_t kv_len, int64_t row) {
  return VisibleKeys(mask, q_len, kv_len, row, row);
}

// The ranges of neighbouring rows are shifted by one key, so none or all are empty before they are
// cut to the keys that exist, and their union has no holes.
KeyRange VisibleKeys(const Mask& mask, int64_t q_len, int64_t kv_len, int64_t first, int64_t last) {
  if (first > last) return {};
  if (mask.left && mask.right && SaturatedSum(*mask.left, *mask.right) < 0) return {};
  const int64_t offset = DiagonalOffset(mask, q_len, kv_len);
  int64_t begin = 0;
  if (mask.left) begin = SaturatedDifference(first + offset, *mask.left);
  int64_t end = kv_len;
  if (mask.right) end = SaturatedSum(last + offset + 1, *mask.right);
  begin = std::clamp<int64_t>(begin, 0, kv_len);
  end = std::clamp<int64_t>(end, begin, kv_len);
  return {begin, end};
}

}  // namespace attune
