// Matrices whose elements are -1, 0 or +1 times a scale, packed into two bit planes.
#ifndef ATTUNE_ATTENTION_TERNARY_TERNARY_MATRIX_H_
#define ATTUNE_ATTENTION_TERNARY_TERNARY_MATRIX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace attune {

// Columns of one word of a plane; rows are padded to whole words with zero bits.
inline constexpr int64_t kTernaryWordColumns = 32;
// The largest rows or columns.
inline constexpr int64_t kMaxTernarySize = int64_t{1} << 24;

struct TernaryShape {
  int64_t rows = 0;     // N, outputs of a linear layer
  int64_t columns = 0;  // K, its inputs
  // Columns that share a scale: 32, 64 or 128, the last group of a row having what is left; 0: one
  // scale a row.
  int64_t group = 0;

  friend bool operator==(const TernaryShape&, const TernaryShape&) = default;

  // "4096x14336", "4096x14336 in groups of 64".
  std::string ToString() const;
};

// InvalidArgument names what is not in [1, kMaxTernarySize], or a group that is none of the four.
absl::Status Validate(const TernaryShape& shape);

int64_t WordsPerRow(const TernaryShape& shape);
int64_t GroupsPerRow(const TernaryShape& shape);
// Columns of each group but perhaps the last: all of them where there is one scale a row.
int64_t GroupColumns(const TernaryShape& shape);
// 8 * rows * WordsPerRow + 4 * rows * GroupsPerRow: both planes and the scales.
int64_t TernaryBytes(const TernaryShape& shape);

// Element (n, k) is (plus bit - minus bit) * scale. Of row n, word w holds columns 32w to 32w + 31,
// the least significant bit first.
struct TernaryMatrix {
  TernaryShape shape;
  std::vector<uint32_t> plus;   // [rows, WordsPerRow]
  std::vector<uint32_t> minus;  // likewise
  std::vector<float> scales;    // [rows, GroupsPerRow]

  friend bool operator==(const TernaryMatrix&, const TernaryMatrix&) = default;

  // -1, 0 or +1.
  int Sign(int64_t row, int64_t column) const;
  float Scale(int64_t row, int64_t column) const;
};

// Zero planes and scales of `shape`, a valid one.
TernaryMatrix MakeTernaryMatrix(const TernaryShape& shape);

// InvalidArgument names the first mistake and where it is: the shape's, planes or scales of another
// size than the shape asks for, an element with both bits set, a bit set behind the last column, a
// scale that is NaN or infinite.
absl::Status Validate(const TernaryMatrix& matrix);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TERNARY_MATRIX_H_
