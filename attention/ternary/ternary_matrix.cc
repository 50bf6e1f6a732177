#include "attention/ternary/ternary_matrix.h"

#include <bit>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

absl::Status CheckSize(absl::string_view what, int64_t actual, int64_t expected,
                       const TernaryShape& shape) {
  if (actual == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a ternary matrix of ", shape.ToString(), " has ",
                                                 actual, " ", what, "; expected ", expected));
}

absl::Status CheckRow(const TernaryMatrix& matrix, int64_t row) {
  const int64_t words = WordsPerRow(matrix.shape);
  const int64_t tail = matrix.shape.columns % kTernaryWordColumns;
  const uint32_t padding = tail == 0 ? 0 : ~uint32_t{0} << tail;
  for (int64_t word = 0; word < words; ++word) {
    const uint32_t plus = matrix.plus[row * words + word];
    const uint32_t minus = matrix.minus[row * words + word];
    if ((plus & minus) != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "element (", row, ", ", word * kTernaryWordColumns + std::countr_zero(plus & minus),
          ") of a ternary matrix of ", matrix.shape.ToString(),
          " has both bits set; expected plus, minus or neither"));
    }
    if (word == words - 1 && ((plus | minus) & padding) != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("row ", row, " of a ternary matrix of ", matrix.shape.ToString(),
                       " has a bit set behind its last column; expected zeros there"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string TernaryShape::ToString() const {
  std::string text = absl::StrCat(rows, "x", columns);
  if (group != 0) absl::StrAppend(&text, " in groups of ", group);
  return text;
}

absl::Status Validate(const TernaryShape& shape) {
  for (const auto& [name, size] : {std::pair{"rows", shape.rows}, {"columns", shape.columns}}) {
    if (size >= 1 && size <= kMaxTernarySize) continue;
    return absl::InvalidArgumentError(absl::StrCat("a ternary matrix has ", size, " ", name,
                                                   "; expected 1 to ", kMaxTernarySize));
  }
  if (shape.group != 0 && shape.group != 32 && shape.group != 64 && shape.group != 128) {
    return absl::InvalidArgumentError(
        absl::StrCat("a ternary matrix has groups of ", shape.group,
                     " columns; expected 32, 64 or 128, or 0 for one scale a row"));
  }
  return absl::OkStatus();
}

int64_t WordsPerRow(const TernaryShape& shape) {
  return (shape.columns + kTernaryWordColumns - 1) / kTernaryWordColumns;
}

int64_t GroupsPerRow(const TernaryShape& shape) {
  return shape.group == 0 ? 1 : (shape.columns + shape.group - 1) / shape.group;
}

int64_t GroupColumns(const TernaryShape& shape) {
  return shape.group == 0 ? shape.columns : shape.group;
}

int64_t TernaryBytes(const TernaryShape& shape) {
  return shape.rows * (8 * WordsPerRow(shape) + 4 * GroupsPerRow(shape));
}

int TernaryMatrix::Sign(int64_t row, int64_t column) const {
  const int64_t word = row * WordsPerRow(shape) + column / kTernaryWordColumns;
  const int64_t bit = column % kTernaryWordColumns;
  return static_cast<int>(plus[word] >> bit & 1) - static_cast<int>(minus[word] >> bit & 1);
}

float TernaryMatrix::Scale(int64_t row, int64_t column) const {
  return scales[row * GroupsPerRow(shape) + column / GroupColumns(shape)];
}

TernaryMatrix MakeTernaryMatrix(const TernaryShape& shape) {
  TernaryMatrix matrix = {.shape = shape};
  matrix.plus.resize(shape.rows * WordsPerRow(shape));
  matrix.minus.resize(matrix.plus.size());
  matrix.scales.resize(shape.rows * GroupsPerRow(shape));
  return matrix;
}

absl::Status Validate(const TernaryMatrix& matrix) {
  const TernaryShape& shape = matrix.shape;
  ATTUNE_RETURN_IF_ERROR(Validate(shape));
  const int64_t words = shape.rows * WordsPerRow(shape);
  ATTUNE_RETURN_IF_ERROR(CheckSize("plus words", matrix.plus.size(), words, shape));
  ATTUNE_RETURN_IF_ERROR(CheckSize("minus words", matrix.minus.size(), words, shape));
  const int64_t groups = GroupsPerRow(shape);
  ATTUNE_RETURN_IF_ERROR(CheckSize("scales", matrix.scales.size(), shape.rows * groups, shape));
  for (int64_t row = 0; row < shape.rows; ++row) {
    ATTUNE_RETURN_IF_ERROR(CheckRow(matrix, row));
  }
  for (size_t i = 0; i < matrix.scales.size(); ++i) {
    if (std::isfinite(matrix.scales[i])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("scale ", i % groups, " of row ", i / groups, " of a ternary matrix of ",
                     shape.ToString(), " is ", matrix.scales[i], "; expected a finite number"));
  }
  return absl::OkStatus();
}

}  // namespace attune
