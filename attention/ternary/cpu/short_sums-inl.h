// Sums of int8 activations in sixteen bits, for the target that is being compiled: twice as many to
// a vector as in fp32.
//
// A lane of 32 bits, a weight row's word of a plane, is two of 16 bits: columns 0 to 15 and 16 to
// 31 of the word. A table has the sums of the subsets of four columns of the one and, behind them,
// of four of the other; the fifth bit of an index says which half its lane is of.
#if defined(ATTUNE_ATTENTION_TERNARY_CPU_SHORT_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_TERNARY_CPU_SHORT_SUMS_INL_H_
#undef ATTUNE_ATTENTION_TERNARY_CPU_SHORT_SUMS_INL_H_
#else
#define ATTUNE_ATTENTION_TERNARY_CPU_SHORT_SUMS_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "attention/ternary/cpu/table_lookup-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

inline constexpr bool kHasShortSums = true;

// Tables of a word's columns, and entries of a table.
inline constexpr int kShortTables = 4;
inline constexpr int kShortEntries = 32;
// What words add up to in 16 bits: four tables of at most 4 * 128 each, in half of what there is
// room for.
inline constexpr int64_t kShortWords = 8;

// Builds the tables of the 32 activations of a word.
inline void BuildShortTables(const int8_t* columns, int16_t* tables) {
  for (int table = 0; table < kShortTables; ++table) {
    for (int half = 0; half < 2; ++half) {
      const int8_t* four = columns + 16 * half + 4 * table;
      int16_t* entries = tables + table * kShortEntries + 16 * half;
      entries[0] = 0;
      for (int b = 0; b < 4; ++b) {
        for (int e = 0; e < 1 << b; ++e) {
          entries[(1 << b) + e] = static_cast<int16_t>(entries[e] + four[b]);
        }
      }
    }
  }
}

template <int kTiles, int kBatch>
struct ShortSums {
  __m512i sum[kTiles][kBatch];

  HWY_INLINE ShortSums() {
#pragma GCC unroll 8
    for (int t = 0; t < kTiles; ++t) {
#pragma GCC unroll 4
      for (int m = 0; m < kBatch; ++m) sum[t][m] = _mm512_setzero_si512();
    }
  }

  // Adds the words that `planes` point at: sixteen of plus, sixteen of minus.
  HWY_INLINE void AddWord(const uint32_t* const (&planes)[kTiles], const int16_t* tables) {
    AddTable<0>(planes, tables);
    AddTable<1>(planes, tables);
    AddTable<2>(planes, tables);
    AddTable<3>(planes, tables);
  }

  // The rows' sums: of both halves.
  HWY_INLINE SumVector Rows(int t, int m) const {
    const __m512i pairs = _mm512_madd_epi16(sum[t][m], _mm512_set1_epi16(1));
    return SumVector{_mm512_cvtepi32_ps(pairs)};
  }

 private:
  template <int kTable>
  static HWY_INLINE __m512i Index(const uint32_t* words) {
    const __m512i shifted = _mm512_srli_epi16(_mm512_loadu_si512(words), 4 * kTable);
    // (shifted & four bits) | the half.
    return _mm512_ternarylogic_epi32(shifted, _mm512_set1_epi32(0x000f000f),
                                     _mm512_set1_epi32(0x00100000), 0xea);
  }

  template <int kTable>
  HWY_INLINE void AddTable(const uint32_t* const (&planes)[kTiles], const int16_t* tables) {
    __m512i entries[kBatch];
#pragma GCC unroll 4
    for (int m = 0; m < kBatch; ++m) {
      entries[m] = _mm512_loadu_si512(tables + (m * kShortTables + kTable) * kShortEntries);
    }
#pragma GCC unroll 8
    for (int t = 0; t < kTiles; ++t) {
      const __m512i plus = Index<kTable>(planes[t]);
      const __m512i minus = Index<kTable>(planes[t] + 16);
#pragma GCC unroll 4
      for (int m = 0; m < kBatch; ++m) {
        const __m512i found = _mm512_sub_epi16(_mm512_permutexvar_epi16(plus, entries[m]),
                                               _mm512_permutexvar_epi16(minus, entries[m]));
        sum[t][m] = _mm512_add_epi16(sum[t][m], found);
      }
    }
  }
};

#else

inline constexpr bool kHasShortSums = false;

#endif

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_TERNARY_CPU_SHORT_SUMS_INL_H_
