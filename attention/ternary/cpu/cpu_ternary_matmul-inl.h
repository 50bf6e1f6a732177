// The product with ternary weights on the CPU, for the target that is being compiled.
//
// For each four columns a table holds the sums of all sixteen subsets of their activations (as
// T-MAC does for weights of few bits: Wei et al., EuroSys 2025). Four bits of a plane are then an
// index: a lane of a vector stands for a weight row, and one permutation of the table finds what
// sixteen rows add of four columns each, where masked additions would take four and a multiply-add
// of unpacked weights as many. Everything is exact in fp32 but for rounding.
#if defined(ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_INL_H_
#undef ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_INL_H_
#else
#define ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "attention/ternary/cpu/cpu_ternary_matmul_variant.h"
#include "attention/ternary/cpu/short_sums-inl.h"
#include "attention/ternary/cpu/table_lookup-inl.h"
#include "attention/ternary/cpu/weight_tiles.h"
#include "hwy/highway.h"
#include "numerics/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr int64_t kSumLanes = static_cast<int64_t>(hn::MaxLanes(SumTag()));
// Vectors of a tile's rows.
inline constexpr int kTileVectors = static_cast<int>(kTileRows / kSumLanes);
// Words that are added up before their sum joins that of the whole row, where the row has one
// scale: two short sums round less than a long one.
inline constexpr int64_t kSegmentWords = 32;

struct SubsetMasks {
  alignas(64) uint32_t of_column[kTableColumns][kTableEntries];
};

// All ones where subset e, whose bits are its columns, has the column.
constexpr SubsetMasks MakeSubsetMasks() {
  SubsetMasks masks = {};
  for (int column = 0; column < kTableColumns; ++column) {
    for (int entry = 0; entry < kTableEntries; ++entry) {
      masks.of_column[column][entry] = entry >> column & 1 ? ~uint32_t{0} : 0;
    }
  }
  return masks;
}

inline constexpr SubsetMasks kSubsetMasks = MakeSubsetMasks();

inline float LoadActivation(Activation activation, const void* data, int64_t index) {
  switch (activation) {
    case Activation::kFloat32:
      return static_cast<const float*>(data)[index];
    case Activation::kBfloat16:
      return Bfloat16BitsToFloat(static_cast<const uint16_t*>(data)[index]);
    case Activation::kInt8:
      return static_cast<const int8_t*>(data)[index];
  }
  return 0;
}

// Masked, not multiplied: an activation that is not finite must not reach the subsets without it.
inline void BuildTable(const float* columns, float* table) {
  const SumTag d;
  for (int64_t lane = 0; lane < kTableEntries; lane += kSumLanes) {
    SumVector part[kTableColumns];
    for (int64_t b = 0; b < kTableColumns; ++b) {
      const auto mask = hn::BitCast(d, hn::Load(WordTag(), kSubsetMasks.of_column[b] + lane));
      part[b] = hn::And(hn::Set(d, columns[b]), mask);
    }
    hn::Store(hn::Add(hn::Add(part[0], part[1]), hn::Add(part[2], part[3])), d, table + lane);
  }
}

template <CpuTernaryMatmulConfiguration kConfiguration>
struct CpuTernaryMatmul {
  static constexpr int kTiles = kConfiguration.row_tiles;
  static constexpr int kBatch = kConfiguration.batch_rows;

  static constexpr CpuTernaryMatmulVariant Variant() { return {kConfiguration, &Build, &Multiply}; }

  static void Build(const CpuTernaryMatmulArguments& arguments, int64_t row, int64_t first_word,
                    int64_t end_word) {
    const TernaryMatmulProblem& problem = arguments.problem;
    const int64_t batch_row = arguments.first_block * kBatch + row;
    const int64_t columns = batch_row < problem.batch ? problem.weights.columns : 0;
    float* block = arguments.tables + row / kBatch * arguments.layout.block_floats;
    if (UsesShortSums(problem)) {
      BuildShort(arguments, batch_row, columns, first_word, end_word,
                 reinterpret_cast<int16_t*>(block) + row % kBatch * kShortWordEntries);
      return;
    }
    float* tables = block + row % kBatch * kTableEntries;
    for (int64_t table = first_word * kTablesPerWord; table < end_word * kTablesPerWord; ++table) {
      float values[kTableColumns] = {};
      const int64_t column = table * kTableColumns;
      const int64_t count = std::clamp<int64_t>(columns - column, 0, kTableColumns);
      for (int64_t i = 0; i < count; ++i) {
        values[i] = LoadActivation(problem.activation, arguments.tensors.activations,
                                   batch_row * columns + column + i);
      }
      BuildTable(values, tables + table * kBatch * kTableEntries);
    }
  }

  static bool UsesShortSums(const TernaryMatmulProblem& problem) {
    return kHasShortSums && problem.activation == Activation::kInt8;
  }

  // What a block of rows of the batch and a group of tiles add up to.
  struct Sums {
    SumVector sum[kTiles][kTileVectors][kBatch];
  };

  static void Multiply(const CpuTernaryMatmulArguments& arguments, int64_t group, int64_t block) {
    const TernaryShape& shape = arguments.problem.weights;
    const WeightTiles layout(shape);
    const auto* weights = static_cast<const uint32_t*>(arguments.tensors.weights);
    const float* tables = arguments.tables + block * arguments.layout.block_floats;
    const bool short_sums = UsesShortSums(arguments.problem);
    const uint32_t* planes[kTiles];
    const float* scales[kTiles];
    for (int t = 0; t < kTiles; ++t) {
      // Tiles behind the last are that one again, and not written.
      const int64_t tile = std::min<int64_t>(group * kTiles + t, layout.tiles - 1);
      planes[t] = weights + tile * layout.tile_words;
      scales[t] =
          reinterpret_cast<const float*>(weights + layout.scale_offset) + tile * layout.tile_scales;
    }
    const int64_t segment_words =
        shape.group == 0 ? kSegmentWords : shape.group / kTernaryWordColumns;
    Sums totals;
    ForEach([&](int t, int v, int m) HWY_ATTR { totals.sum[t][v][m] = hn::Zero(SumTag()); });
    for (int64_t first = 0; first < arguments.layout.words; first += segment_words) {
      const int64_t end = std::min(first + segment_words, arguments.layout.words);
      if (short_sums) {
        AddShortSegment(planes, scales, reinterpret_cast<const int16_t*>(tables), first, end,
                        totals);
      } else {
        AddSegment(planes, scales, tables, first, end, totals);
      }
      if (shape.group == 0) continue;
      for (const float*& scale : scales) scale += kTileRows;
    }
    Write(arguments, group, block, totals);
  }

 private:
  template <typename Body>
  static HWY_INLINE void ForEach(Body body) {
#pragma GCC unroll 8
    for (int t = 0; t < kTiles; ++t) {
#pragma GCC unroll 4
      for (int v = 0; v < kTileVectors; ++v) {
#pragma GCC unroll 4
        for (int m = 0; m < kBatch; ++m) body(t, v, m);
      }
    }
  }

  // Adds words [first, end), times the scale that they share, to `totals`.
  static HWY_NOINLINE void AddSegment(const uint32_t* const* planes, const float* const* scales,
                                      const float* HWY_RESTRICT tables, int64_t first, int64_t end,
                                      Sums& totals) {
    const SumTag d;
    SumVector sum[kTiles][kTileVectors][kBatch];
    ForEach([&](int t, int v, int m) HWY_ATTR { sum[t][v][m] = hn::Zero(d); });
    for (int64_t word = first; word < end; ++word) {
      const float* table = tables + word * kTablesPerWord * kBatch * kTableEntries;
      AddWord(planes, word, table, sum);
    }
    ForEach([&](int t, int v, int m) HWY_ATTR {
      const auto scale = hn::LoadU(d, scales[t] + v * kSumLanes);
      totals.sum[t][v][m] = hn::MulAdd(sum[t][v][m], scale, totals.sum[t][v][m]);
    });
  }

#if HWY_TARGET == HWY_AVX3
  static constexpr int64_t kShortWordEntries = kShortTables * kShortEntries;

  static void BuildShort(const CpuTernaryMatmulArguments& arguments, int64_t batch_row,
                         int64_t columns, int64_t first_word, int64_t end_word, int16_t* tables) {
    const auto* row =
        static_cast<const int8_t*>(arguments.tensors.activations) + batch_row * columns;
    for (int64_t word = first_word; word < end_word; ++word) {
      int8_t values[kTernaryWordColumns] = {};
      const int64_t first = word * kTernaryWordColumns;
      const int64_t count = std::clamp<int64_t>(columns - first, 0, kTernaryWordColumns);
      std::copy_n(row + (count > 0 ? first : 0), count, values);
      BuildShortTables(values, tables + word * kBatch * kShortWordEntries);
    }
  }

  static HWY_NOINLINE void AddShortSegment(const uint32_t* const* planes,
                                           const float* const* scales,
                                           const int16_t* HWY_RESTRICT tables, int64_t first,
                                           int64_t end, Sums& totals) {
    const SumTag d;
    for (int64_t begin = first; begin < end; begin += kShortWords) {
      ShortSums<kTiles, kBatch> sums;
      for (int64_t word = begin; word < std::min(begin + kShortWords, end); ++word) {
        const uint32_t* words[kTiles];
#pragma GCC unroll 8
        for (int t = 0; t < kTiles; ++t) words[t] = planes[t] + word * 2 * kTileRows;
        sums.AddWord(words, tables + word * kBatch * kShortWordEntries);
      }
      ForEach([&](int t, int v, int m) HWY_ATTR {
        totals.sum[t][v][m] =
            hn::MulAdd(sums.Rows(t, m), hn::LoadU(d, scales[t]), totals.sum[t][v][m]);
      });
    }
  }
#else
  static constexpr int64_t kShortWordEntries = 0;

  // Never called: kHasShortSums is false.
  static void BuildShort(const CpuTernaryMatmulArguments&, int64_t, int64_t, int64_t, int64_t,
                         int16_t*) {}
  static void AddShortSegment(const uint32_t* const*, const float* const*, const int16_t*, int64_t,
                              int64_t, Sums&) {}
#endif

  static HWY_INLINE void AddWord(const uint32_t* const* planes, int64_t word,
                                 const float* HWY_RESTRICT table,
                                 SumVector (&sum)[kTiles][kTileVectors][kBatch]) {
    const WordTag d;
    WordVector plus[kTiles][kTileVectors], minus[kTiles][kTileVectors];
#pragma GCC unroll 8
    for (int t = 0; t < kTiles; ++t) {
#pragma GCC unroll 4
      for (int v = 0; v < kTileVectors; ++v) {
        const uint32_t* from = planes[t] + word * 2 * kTileRows + v * kSumLanes;
        plus[t][v] = hn::LoadU(d, from);
        minus[t][v] = hn::LoadU(d, from + kTileRows);
      }
    }
    for (int nibble = 0; nibble < kTablesPerWord; ++nibble) {
#pragma GCC unroll 4
      for (int m = 0; m < kBatch; ++m) {
        const SumTable sums(table + m * kTableEntries);
#pragma GCC unroll 8
        for (int t = 0; t < kTiles; ++t) {
#pragma GCC unroll 4
          for (int v = 0; v < kTileVectors; ++v) {
            const auto found = hn::Sub(sums.Find(plus[t][v]), sums.Find(minus[t][v]));
            sum[t][v][m] = hn::Add(sum[t][v][m], found);
          }
        }
      }
      table += kBatch * kTableEntries;
#pragma GCC unroll 8
      for (int t = 0; t < kTiles; ++t) {
#pragma GCC unroll 4
        for (int v = 0; v < kTileVectors; ++v) {
          plus[t][v] = hn::ShiftRight<kTableColumns>(plus[t][v]);
          minus[t][v] = hn::ShiftRight<kTableColumns>(minus[t][v]);
        }
      }
    }
  }

  static void Write(const CpuTernaryMatmulArguments& arguments, int64_t group, int64_t block,
                    const Sums& totals) {
    const TernaryMatmulProblem& problem = arguments.problem;
    const TernaryMatmulTensors& tensors = arguments.tensors;
    for (int t = 0; t < kTiles; ++t) {
      const int64_t first_row = (group * kTiles + t) * kTileRows;
      const int64_t rows = std::min(kTileRows, problem.weights.rows - first_row);
      for (int m = 0; m < kBatch; ++m) {
        const int64_t batch_row = (arguments.first_block + block) * kBatch + m;
        if (batch_row >= problem.batch) break;
        float outputs[kTileRows];
        for (int v = 0; v < kTileVectors; ++v) {
          hn::StoreU(totals.sum[t][v][m], SumTag(), outputs + v * kSumLanes);
        }
        const float scale =
            problem.activation == Activation::kInt8 ? tensors.activation_scales[batch_row] : 1;
        for (int64_t i = 0; i < rows; ++i) {
          const float bias = problem.bias ? tensors.bias[first_row + i] : 0;
          StoreElement(problem.output, tensors.out,
                       batch_row * problem.weights.rows + first_row + i, outputs[i] * scale + bias);
        }
      }
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_TERNARY_CPU_CPU_TERNARY_MATMUL_INL_H_
