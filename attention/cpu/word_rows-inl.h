// Rows of a bf16 tensor as the words that tile products read (tile_kernel.h), for the target that
// is being compiled. The same functions pack them as pack fp32 rows (pack-inl.h), a word for a
// float: nothing but loads, stores and shuffles touches them.
#if defined(ATTUNE_ATTENTION_CPU_WORD_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_WORD_ROWS_INL_H_
#undef ATTUNE_ATTENTION_CPU_WORD_ROWS_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_WORD_ROWS_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "attention/cpu/pack-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline const uint16_t* Bf16Row(const TensorRows& rows, int64_t row) {
  return static_cast<const uint16_t*>(rows.data) + rows.origin + row * rows.stride;
}

// Word c of a row is its elements 2c and 2c + 1; zero past the tensor's columns.
struct ColumnPairs {
  TensorRows rows;
  int64_t columns;  // in words, at least half of rows.columns

  void Load(int64_t row, float* to) const {
    std::memcpy(to, Bf16Row(rows, row), rows.columns * sizeof(uint16_t));
    std::fill(to + rows.columns / 2, to + columns, 0.0f);
  }
};

// Word c of row r is the elements c of rows 2r and 2r + 1; zero for rows from `end` on, of which
// row 2r is none.
struct RowPairs {
  explicit RowPairs(const TensorRows& tensor, int64_t end_row)
      : rows(tensor), columns(tensor.columns), end(end_row) {}

  void Load(int64_t row, float* to) const {
    const hn::CappedTag<uint32_t, 8> d;  // head dimensions are multiples of eight
    const hn::Rebind<uint16_t, decltype(d)> d16;
    const hn::RebindToFloat<decltype(d)> df;
    const uint16_t* even = Bf16Row(rows, 2 * row);
    const bool has_odd = 2 * row + 1 < end;
    const uint16_t* odd = has_odd ? Bf16Row(rows, 2 * row + 1) : even;
    const auto mask = hn::Set(d, has_odd ? 0xFFFFFFFFu : 0u);
    for (int64_t i = 0; i < columns; i += static_cast<int64_t>(hn::Lanes(d))) {
      const auto low = hn::PromoteTo(d, hn::LoadU(d16, even + i));
      const auto high = hn::And(hn::PromoteTo(d, hn::LoadU(d16, odd + i)), mask);
      hn::StoreU(hn::BitCast(df, hn::Or(low, hn::ShiftLeft<16>(high))), df, to + i);
    }
  }

  // Whether none of the elements of `count` words is NaN or infinite, which is what has all bits of
  // the exponent set.
  static bool AllFinite(const float* words, int64_t count) {
    const hn::ScalableTag<uint32_t> d;
    const auto low_exponent = hn::Set(d, 0x7F80u);
    const auto high_exponent = hn::Set(d, 0x7F800000u);
    auto found = hn::Zero(d);
    for (int64_t i = 0; i < count; i += kLanes) {
      const auto word = hn::BitCast(d, hn::LoadU(Floats(), words + i));
      const auto low = hn::Eq(hn::And(word, low_exponent), low_exponent);
      const auto high = hn::Eq(hn::And(word, high_exponent), high_exponent);
      found = hn::Or(found, hn::Or(hn::VecFromMask(d, low), hn::VecFromMask(d, high)));
    }
    return hn::AllTrue(d, hn::Eq(found, hn::Zero(d)));
  }

  TensorRows rows;
  int64_t columns;
  int64_t end;
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_WORD_ROWS_INL_H_
