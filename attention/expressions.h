// A user's own score modifier and mask: C++ for the kernels, and functions that tell the reference
// the same.
#ifndef ATTUNE_ATTENTION_EXPRESSIONS_H_
#define ATTUNE_ATTENTION_EXPRESSIONS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

enum class BufferElement { kFloat32, kInt32 };

// "fp32", "int32".
absl::string_view BufferElementName(BufferElement element);
absl::StatusOr<BufferElement> ParseBufferElement(absl::string_view name);

// An array that expressions read by its name. Elements take four bytes.
struct NamedBuffer {
  std::string name;
  BufferElement element = BufferElement::kFloat32;
  int64_t extent = 0;  // elements

  friend bool operator==(const NamedBuffer&, const NamedBuffer&) = default;
};

inline constexpr int64_t kMaxNamedBuffers = 8;
inline constexpr int64_t kNamedBufferElementBytes = 4;

// The contents of a problem's buffers, in their order.
using BufferValues = std::vector<std::vector<double>>;

// What the names of an expression stand for, one score at a time.
struct ScorePoint {
  double score;  // for a mask 0
  int64_t b;     // sequence
  int64_t h;     // query head
  int64_t kv_h;  // key-value head
  int64_t q;     // query row, in the sequence
  int64_t kv;    // key, in the sequence
  int64_t q_len;
  int64_t kv_len;  // both the sequence's
  const BufferValues& buffers;
};

using ScoreFunction = std::function<double(const ScorePoint& at)>;
using MaskFunction = std::function<bool(const ScorePoint& at)>;

// OK if `expression`, which `what` names in messages, may be put into a kernel's source: one
// expression on one line, as far as can be told without a compiler. InvalidArgument says what is
// wrong.
absl::Status CheckExpression(absl::string_view what, absl::string_view expression);

// OK if there are at most kMaxNamedBuffers, and every name is a C++ identifier that neither another
// buffer, nor an expression's own names, nor the code around expressions has: that has the names
// that begin with attune_, and a few more. InvalidArgument names the one that is not.
absl::Status CheckBufferNames(const std::vector<std::string>& names);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_EXPRESSIONS_H_
