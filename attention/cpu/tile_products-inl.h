// The forward kernel's products of bf16 tensors, on tiles or vectors (tile_kernel.h): queries, keys
// and values as they are, probabilities rounded, sums in fp32.
#if defined(ATTUNE_ATTENTION_CPU_TILE_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_TILE_PRODUCTS_INL_H_
#undef ATTUNE_ATTENTION_CPU_TILE_PRODUCTS_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_TILE_PRODUCTS_INL_H_
#endif

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/micro_kernel-inl.h"
#include "attention/cpu/pack-inl.h"
#include "attention/cpu/tile_kernel.h"
#include "attention/cpu/word_rows-inl.h"
#include "hwy/highway.h"
#include "numerics/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// As FloatProducts says. Panels of two tiles where those are of two vectors.
template <CpuForwardConfiguration kConfiguration>
struct TileProducts {
  static constexpr int kVectors = kTileBlock;
  static constexpr int kMicroRows = kTileBlock * kTileRows;
  static constexpr int kMicroKeys = kTileBlock * kTileWords;
  static constexpr int kKeyTile = kConfiguration.key_tile / kMicroKeys * kMicroKeys;
  static constexpr int kQueryStride = static_cast<int>(kMaxHeadDim) / 2 + 16;
  static constexpr int kScoreStride = kKeyTile + 16;
  static constexpr int kElementsPerWord = 2;
  static constexpr int kKeyStep = kTileWords;
  static constexpr int kRowStep = kTileRows;
  // Elsewhere a tile's row would be no whole vector; processors with tiles have AVX-512.
  static constexpr bool kAvailable = kLanes == kTileWords;
  // Scaled queries would have to be rounded again.
  static constexpr bool kScalesQueries = false;

  static constexpr bool kOnTiles = kConfiguration.bf16_products == kTileProducts;

  struct NoScope {};
  using Scope = std::conditional_t<kOnTiles, TileScope, NoScope>;

  static void PackKeys(const TensorRows& keys, int64_t first, int64_t end, int64_t words,
                       float* panel) {
    PackTransposedPanel<kMicroKeys>(ColumnPairs{keys, words}, first, end, panel);
  }

  static bool PackValues(const TensorRows& values, int64_t first, int64_t end, int64_t place,
                         int64_t packed_rows, float* packed) {
    return PackPanels<kVectors>(RowPairs(values, end), first / 2, (first + kMicroKeys) / 2,
                                (end + 1) / 2, place / 2, packed_rows / 2, packed);
  }

  static void LoadQuery(const TensorRows& queries, int64_t row, float /*scale*/, int64_t words,
                        float* to) {
    ColumnPairs{queries, words}.Load(row, to);
  }

  // Computes whole tiles: what lies past `rows` in memory takes part, and its results mean nothing.
  static void Scores(const float* query, const float* panel, int64_t rows, int64_t words,
                     float* score) {
    Multiply(RowTiles(rows), kTileBlock, {query, kQueryStride}, {panel, kMicroKeys}, words, score,
             kScoreStride, /*add=*/false);
  }

  static void PackProbabilities(float* row, int64_t count) { RoundToBf16InPlace(row, count); }

  static void Accumulate(const Panels<kVectors>& panels, const float* probabilities,
                         const float* values, int64_t packed_rows, int64_t begin, int64_t count,
                         int64_t rows, float* out, int64_t out_stride, const float* factors) {
    for (int64_t row = 0; row < rows; ++row) {
      Scale(out + row * out_stride, panels.columns(), factors[row]);
    }
    for (int64_t panel = 0; panel < panels.count(); ++panel) {
      const int64_t column = panels.first_column(panel);
      const int64_t width = panels.width(panel);
      const float* words = values + column * (packed_rows / 2) + begin / 2 * width;
      Multiply(RowTiles(rows), static_cast<int>(width / kTileWords), {probabilities, kScoreStride},
               {words, width}, count / 2, out + column, out_stride, /*add=*/true);
    }
  }

  // One key at a time in fp32, as tiles would multiply its neighbours too.
  static void AccumulateRow(const Panels<kVectors>& panels, const float* probabilities,
                            const float* values, int64_t packed_rows, int64_t begin, int64_t from,
                            int64_t to, float* out, float factor) {
    Scale(out, panels.columns(), factor);
    for (int64_t key = from; key < to; ++key) {
      const float probability = LoadElement(Dtype::kBfloat16, probabilities, key - begin);
      for (int64_t panel = 0; panel < panels.count(); ++panel) {
        const int64_t column = panels.first_column(panel);
        const int64_t width = panels.width(panel);
        const float* words = values + column * (packed_rows / 2) + key / 2 * width;
        AddWords(words, width, key % 2 != 0, probability, out + column);
      }
    }
  }

 private:
  static void Multiply(int row_tiles, int column_tiles, TileMatrix a, TileMatrix b, int64_t words,
                       float* c, int64_t c_stride, bool add) {
    const auto multiply = kOnTiles ? MultiplyTiles : MultiplyVectors;
    multiply(row_tiles, column_tiles, a, b, words, c, c_stride, add);
  }

  static int RowTiles(int64_t rows) { return rows > kTileRows ? kTileBlock : 1; }

  static void Scale(float* row, int64_t count, float factor) {
    if (factor == 1.0f) return;
    const Floats d;
    for (int64_t i = 0; i < count; i += kLanes) {
      hn::Store(hn::Mul(hn::Load(d, row + i), hn::Set(d, factor)), d, row + i);
    }
  }

  // out += probability * the upper or lower halves of `words`.
  static void AddWords(const float* words, int64_t count, bool upper, float probability,
                       float* out) {
    const Floats d;
    const hn::RebindToUnsigned<Floats> du;
    for (int64_t i = 0; i < count; i += kLanes) {
      const auto word = hn::BitCast(du, hn::Load(d, words + i));
      const auto bits = upper ? hn::And(word, hn::Set(du, 0xFFFF0000u)) : hn::ShiftLeft<16>(word);
      hn::Store(hn::MulAdd(hn::Set(d, probability), hn::BitCast(d, bits), hn::Load(d, out + i)), d,
                out + i);
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_TILE_PRODUCTS_INL_H_
