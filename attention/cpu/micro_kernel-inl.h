// Matrix products of small blocks, for the target that is being compiled: the inner loops of every
// CPU kernel.
#if defined(ATTUNE_ATTENTION_CPU_MICRO_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_MICRO_KERNEL_INL_H_
#undef ATTUNE_ATTENTION_CPU_MICRO_KERNEL_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_MICRO_KERNEL_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

inline constexpr int kLanes = static_cast<int>(HWY_LANES(float));

// Vector registers that a micro-kernel may count on.
inline constexpr int kVectorRegisters = HWY_TARGET <= HWY_AVX3 ? 32 : 16;

// The most rows whose accumulators, with a row of B and one broadcast value, stay in registers.
constexpr int MicroRows(int vectors) { return (kVectorRegisters - 1 - vectors) / vectors; }

// Rows of the kernel that takes what whole micro-tiles leave over, before single rows do.
inline constexpr int kTailRows = 4;

// Where element (row, depth) of A lies: row * kRow + depth * kDepth floats from its start.
// Constants, so that one register addresses all rows of a micro-tile.
template <int kRow, int kDepth>
struct BlockStrides {
  static constexpr int kRowStride = kRow;
  static constexpr int kDepthStride = kDepth;
};

// C[kRows, kVectors * kLanes] = A[kRows, depth] B[depth, kVectors * kLanes], plus factor[row] * C
// if `factor` is not null. B is a packed panel: its rows follow each other.
template <class A, int kRows, int kVectors>
HWY_NOINLINE void MicroKernel(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b,
                              int64_t depth, float* c, int64_t c_stride, const float* factor) {
  const Floats d;
  FloatVector sum[kRows][kVectors];
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int vector = 0; vector < kVectors; ++vector) {
      sum[row][vector] = factor == nullptr
                             ? hn::Zero(d)
                             : hn::Mul(hn::Set(d, factor[row]),
                                       hn::LoadU(d, c + row * c_stride + vector * kLanes));
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    FloatVector b_row[kVectors];
#pragma GCC unroll 4
    for (int vector = 0; vector < kVectors; ++vector) {
      b_row[vector] = hn::Load(d, b + vector * kLanes);
    }
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
      const FloatVector a_value = hn::Set(d, a[row * A::kRowStride]);
#pragma GCC unroll 4
      for (int vector = 0; vector < kVectors; ++vector) {
        sum[row][vector] = hn::MulAdd(a_value, b_row[vector], sum[row][vector]);
      }
    }
    a += A::kDepthStride;
    b += kVectors * kLanes;
  }
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int vector = 0; vector < kVectors; ++vector) {
      hn::StoreU(sum[row][vector], d, c + row * c_stride + vector * kLanes);
    }
  }
}

// One panel of C for any number of rows up to MicroRows(kBlockVectors).
template <class A, int kBlockVectors, int kVectors>
void MultiplyPanel(const float* a, const float* b, int64_t rows, int64_t depth, float* c,
                   int64_t c_stride, const float* factor) {
  constexpr int kRows = MicroRows(kBlockVectors);
  if (rows == kRows) {
    MicroKernel<A, kRows, kVectors>(a, b, depth, c, c_stride, factor);
    return;
  }
  int64_t row = 0;
  const auto factor_of_row = [&]() HWY_ATTR { return factor == nullptr ? nullptr : factor + row; };
  for (; row + kTailRows <= rows; row += kTailRows) {
    MicroKernel<A, kTailRows, kVectors>(a + row * A::kRowStride, b, depth, c + row * c_stride,
                                        c_stride, factor_of_row());
  }
  for (; row < rows; ++row) {
    MicroKernel<A, 1, kVectors>(a + row * A::kRowStride, b, depth, c + row * c_stride, c_stride,
                                factor_of_row());
  }
}

// The columns of a packed matrix: panels of kVectors vectors, then panels of one vector for what is
// left. Rows of a panel follow each other; panels do too, each `depth` rows long.
template <int kVectors>
struct Panels {
  static constexpr int64_t kWide = int64_t{kVectors} * kLanes;

  explicit Panels(int64_t columns)
      : wide(columns / kWide), narrow((columns - wide * kWide + kLanes - 1) / kLanes) {}

  int64_t columns() const { return wide * kWide + narrow * kLanes; }
  int64_t count() const { return wide + narrow; }
  int64_t first_column(int64_t panel) const {
    return panel < wide ? panel * kWide : wide * kWide + (panel - wide) * kLanes;
  }
  int64_t width(int64_t panel) const { return panel < wide ? kWide : kLanes; }

  int64_t wide;
  int64_t narrow;
};

// C = A B + factor * C for a packed B of `panels`, each `panel_rows` long, of which rows [first,
// first + depth) take part. `a` points at the element that meets row `first`.
template <class A, int kVectors>
void MultiplyPanels(const Panels<kVectors>& panels, const float* a, const float* b,
                    int64_t panel_rows, int64_t first, int64_t depth, int64_t rows, float* c,
                    int64_t c_stride, const float* factor) {
  for (int64_t panel = 0; panel < panels.count(); ++panel) {
    const int64_t column = panels.first_column(panel);
    const float* rows_of_b = b + column * panel_rows + first * panels.width(panel);
    if (panel < panels.wide) {
      MultiplyPanel<A, kVectors, kVectors>(a, rows_of_b, rows, depth, c + column, c_stride, factor);
    } else {
      MultiplyPanel<A, kVectors, 1>(a, rows_of_b, rows, depth, c + column, c_stride, factor);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_MICRO_KERNEL_INL_H_
