// Rows of a tensor into the panels that MultiplyPanels reads, for the target that is being
// compiled.
#if defined(ATTUNE_ATTENTION_CPU_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_PACK_INL_H_
#undef ATTUNE_ATTENTION_CPU_PACK_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_PACK_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "attention/cpu/convert-inl.h"
#include "attention/cpu/micro_kernel-inl.h"
#include "hwy/highway.h"
#include "numerics/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Rows of `columns` elements of `dtype`, `stride` elements apart, the first at `data`[`origin`].
struct TensorRows {
  Dtype dtype;
  const void* data;
  int64_t origin;
  int64_t stride;
  int64_t columns;

  void Load(int64_t row, float scale, float* to) const {
    LoadRow(dtype, data, origin + row * stride, columns, scale, to);
  }
  void Load(int64_t row, float* to) const { Load(row, 1.0f, to); }

  // Whether none of `count` values that Load gave is NaN or infinite: times zero, only those are
  // not zero.
  static bool AllFinite(const float* values, int64_t count) {
    const Floats d;
    auto sum = hn::Zero(d);
    for (int64_t i = 0; i < count; i += kLanes) {
      sum = hn::MulAdd(hn::LoadU(d, values + i), hn::Zero(d), sum);
    }
    return hn::AllTrue(d, hn::Eq(sum, hn::Zero(d)));
  }
};

// to[column][row] = from[row][column] of a 4x4 block.
inline void Transpose4x4(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  const hn::CappedTag<float, 4> d;
  const hn::RepartitionToWide<decltype(d)> dw;
  const auto r0 = hn::LoadU(d, from);
  const auto r1 = hn::LoadU(d, from + from_stride);
  const auto r2 = hn::LoadU(d, from + 2 * from_stride);
  const auto r3 = hn::LoadU(d, from + 3 * from_stride);
  const auto low01 = hn::BitCast(dw, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(dw, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(dw, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(dw, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dw, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dw, low01, low23)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dw, high01, high23)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dw, high01, high23)), d, to + 3 * to_stride);
}

// panel[column][row] = rows[first + row][column] for `kWidth` rows, of which those from `end` on
// are zero. Rows have a multiple of four columns.
template <int kWidth, class Rows>
void PackTransposedPanel(const Rows& rows, int64_t first, int64_t end, float* panel) {
  static_assert(kWidth % 4 == 0);
  constexpr int64_t kStride = 256 + 4;  // kMaxHeadDim, and off the powers of two
  HWY_ALIGN float block[4 * kStride];
  for (int64_t row = 0; row < kWidth; row += 4) {
    for (int64_t i = 0; i < 4; ++i) {
      if (first + row + i < end) {
        rows.Load(first + row + i, block + i * kStride);
      } else {
        std::fill_n(block + i * kStride, rows.columns, 0.0f);
      }
    }
    for (int64_t column = 0; column < rows.columns; column += 4) {
      Transpose4x4(block + column, kStride, panel + column * kWidth + row, kWidth);
    }
  }
}

// Writes rows [first, last) of a tensor to rows [place, ...) of panels that are `panel_rows` long;
// rows from `end` on, and columns past the tensor's, are zero. Returns whether all that was read is
// finite.
template <int kVectors, class Rows>
bool PackPanels(const Rows& rows, int64_t first, int64_t last, int64_t end, int64_t place,
                int64_t panel_rows, float* packed) {
  const Floats d;
  const Panels<kVectors> panels(rows.columns);
  HWY_ALIGN float row_values[256 + kLanes * kVectors] = {};
  bool finite = true;
  for (int64_t row = first; row < last; ++row) {
    if (row < end) {
      rows.Load(row, row_values);
      finite = finite && Rows::AllFinite(row_values, panels.columns());
    } else {
      std::fill_n(row_values, panels.columns(), 0.0f);
    }
    for (int64_t panel = 0; panel < panels.count(); ++panel) {
      const int64_t column = panels.first_column(panel);
      float* to = packed + column * panel_rows + (place + row - first) * panels.width(panel);
      for (int64_t i = 0; i < panels.width(panel); i += kLanes) {
        hn::Store(hn::Load(d, row_values + column + i), d, to + i);
      }
    }
  }
  return finite;
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_PACK_INL_H_
