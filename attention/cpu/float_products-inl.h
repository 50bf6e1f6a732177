// The forward kernel's products in fp32, for the target that is being compiled.
#if defined(ATTUNE_ATTENTION_CPU_FLOAT_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_FLOAT_PRODUCTS_INL_H_
#undef ATTUNE_ATTENTION_CPU_FLOAT_PRODUCTS_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_FLOAT_PRODUCTS_INL_H_
#endif

#include <cstdint>

#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/micro_kernel-inl.h"
#include "attention/cpu/pack-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

// What CpuForward leaves to its products: the packed form of queries, keys, values and
// probabilities, and what multiplies them. TileProducts is the other of the kind.
template <CpuForwardConfiguration kConfiguration>
struct FloatProducts {
  static constexpr int kVectors = kConfiguration.micro_vectors;
  static constexpr int kMicroRows = MicroRows(kVectors);
  static constexpr int kMicroKeys = kVectors * kLanes;
  static constexpr int kKeyTile = kConfiguration.key_tile / kMicroKeys * kMicroKeys;
  // A vector more than the row, which keeps rows of a micro-tile in different sets of the cache.
  static constexpr int kQueryStride = static_cast<int>(kMaxHeadDim) + 16;
  static constexpr int kScoreStride = kKeyTile + 16;
  static constexpr int kElementsPerWord = 1;
  static constexpr int kKeyStep = 1;
  static constexpr int kRowStep = 1;
  static constexpr bool kAvailable = true;
  // Whether LoadQuery scales, so that Scores gives scaled ones.
  static constexpr bool kScalesQueries = true;

  // Lives while a thread multiplies.
  struct Scope {};

  // Keys [first, first + kMicroKeys), of which those from `end` on are zero.
  static void PackKeys(const TensorRows& keys, int64_t first, int64_t end, int64_t /*words*/,
                       float* panel) {
    PackTransposedPanel<kMicroKeys>(keys, first, end, panel);
  }

  // The values of as many keys, to row `place` of the panels; returns whether all are finite.
  static bool PackValues(const TensorRows& values, int64_t first, int64_t end, int64_t place,
                         int64_t packed_rows, float* packed) {
    return PackPanels<kVectors>(values, first, first + kMicroKeys, end, place, packed_rows, packed);
  }

  static void LoadQuery(const TensorRows& queries, int64_t row, float scale, int64_t /*words*/,
                        float* to) {
    queries.Load(row, scale, to);
  }

  // The scores of `rows` packed queries with one panel of keys.
  static void Scores(const float* query, const float* panel, int64_t rows, int64_t words,
                     float* score) {
    MultiplyPanel<BlockStrides<kQueryStride, 1>, kVectors, kVectors>(query, panel, rows, words,
                                                                     score, kScoreStride, nullptr);
  }

  // What Accumulate reads, in place of `count` fp32 probabilities.
  static void PackProbabilities(float* /*row*/, int64_t /*count*/) {}

  // out = factor * out + probabilities * values, for rows [begin, begin + count) of packed
  // values.
  static void Accumulate(const Panels<kVectors>& panels, const float* probabilities,
                         const float* values, int64_t packed_rows, int64_t begin, int64_t count,
                         int64_t rows, float* out, int64_t out_stride, const float* factors) {
    MultiplyPanels<BlockStrides<kScoreStride, 1>, kVectors>(
        panels, probabilities, values, packed_rows, begin, count, rows, out, out_stride, factors);
  }

  // The same for one row, and none but rows [from, to) take part; the row of probabilities starts
  // at `begin`.
  static void AccumulateRow(const Panels<kVectors>& panels, const float* probabilities,
                            const float* values, int64_t packed_rows, int64_t begin, int64_t from,
                            int64_t to, float* out, float factor) {
    Accumulate(panels, probabilities + (from - begin), values, packed_rows, from, to - from, 1, out,
               0, &factor);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_FLOAT_PRODUCTS_INL_H_
