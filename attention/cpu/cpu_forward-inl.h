// The CPU forward kernel: FlashAttention-2's loop order (Dao, arXiv:2307.08691) on packed panels of
// keys and values, for the target that is being compiled.
#if defined(ATTUNE_ATTENTION_CPU_CPU_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_CPU_FORWARD_INL_H_
#undef ATTUNE_ATTENTION_CPU_CPU_FORWARD_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_CPU_FORWARD_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/float_products-inl.h"
#include "attention/cpu/micro_kernel-inl.h"
#include "attention/cpu/pack-inl.h"
#include "attention/cpu/packed_keys-inl.h"
#include "attention/cpu/softmax-inl.h"
#include "attention/cpu/tile_products-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

template <CpuForwardConfiguration kConfiguration>
class CpuForward {
 public:
  using Products = std::conditional_t<kConfiguration.bf16_products != 0,
                                      TileProducts<kConfiguration>, FloatProducts<kConfiguration>>;
  static constexpr int kVectors = Products::kVectors;
  static constexpr int kMicroRows = Products::kMicroRows;
  static constexpr int kMicroKeys = Products::kMicroKeys;
  static constexpr int kRows = std::max(1, kConfiguration.query_tile / kMicroRows) * kMicroRows;
  static constexpr int kKeyTile = Products::kKeyTile;
  static constexpr int kQueryStride = Products::kQueryStride;
  static constexpr int kScoreStride = Products::kScoreStride;
  static_assert(kKeyTile > 0);

  static constexpr CpuForwardVariant Variant() {
    CpuForwardVariant variant{.configuration = kConfiguration,
                              .shape = {.lanes = kLanes,
                                        .micro_rows = kMicroRows,
                                        .micro_keys = kMicroKeys,
                                        .key_tile = kKeyTile,
                                        .query_rows = kRows,
                                        .query_stride = kQueryStride,
                                        .score_stride = kScoreStride,
                                        .elements_per_word = Products::kElementsPerWord,
                                        .key_step = Products::kKeyStep,
                                        .row_step = Products::kRowStep}};
    if constexpr (Products::kAvailable) {
      variant.pack = &Pack;
      variant.attend = &Attend;
    }
    return variant;
  }

  static void Pack(const CpuForwardArguments& arguments, int64_t head, int64_t task) {
    constexpr int64_t kKeys = kPackTilesPerTask * kMicroKeys;
    const PackedKeys<Products> packed(arguments, head, nullptr);
    // Those of a shorter sequence end before the layout's, which is the longest's.
    packed.Pack(task * kKeys,
                std::min({(task + 1) * kKeys, arguments.layout.kv_rows, packed.end()}));
  }

  static void Attend(const CpuForwardArguments& arguments, int64_t head, int64_t task,
                     char* scratch) {
    [[maybe_unused]] const typename Products::Scope scope;
    CpuForward(arguments, head, task, scratch).Run();
  }

 private:
  // A stacked query row.
  struct Row {
    int64_t head;   // of q_heads
    int64_t index;  // in the sequence
    KeyRange keys;  // that it sees
    float slope;    // ALiBi's, in units of log 2
    RowState state;
  };

  CpuForward(const CpuForwardArguments& arguments, int64_t head, int64_t task, char* scratch)
      : arguments_(arguments),
        problem_(arguments.problem),
        sequence_(arguments.SequenceOfHead(head)),
        window_(MakeKeyWindow(problem_.mask, sequence_.q_len, sequence_.kv_len)),
        packed_(arguments, head, scratch),
        panels_(problem_.v_dim),
        query_(reinterpret_cast<float*>(scratch)),
        score_(reinterpret_cast<float*>(scratch + arguments.layout.score_offset)),
        out_(reinterpret_cast<float*>(scratch + arguments.layout.out_offset)) {
    const int64_t group = problem_.q_heads / problem_.kv_heads;
    const int64_t first = task * kRows;
    count_ = std::min<int64_t>(kRows, group * sequence_.q_len - first);
    for (int64_t i = 0; i < count_; ++i) {
      rows_[i] = MakeRow((head % problem_.kv_heads) * group + (first + i) / sequence_.q_len,
                         (first + i) % sequence_.q_len);
    }
  }

  Row MakeRow(int64_t head, int64_t index) const {
    Row row{.head = head, .index = index, .keys = {}, .slope = 0, .state = {}};
    row.keys = window_.Keys(index, sequence_.kv_len);
    if (problem_.alibi) row.slope = arguments_.tensors.alibi_slopes[head] * kLog2OfE;
    return row;
  }

  void Run() {
    VisibleUnion visible;
    for (int64_t i = 0; i < count_; ++i) visible.Add(rows_[i].keys);
    if (visible.begin < visible.end) {
      LoadQueries();
      std::fill_n(out_, count_ * arguments_.layout.v_columns, 0.0f);
    }
    for (int64_t key = visible.begin / kKeyTile * kKeyTile; key < visible.end; key += kKeyTile) {
      if (arguments_.layout.packs_tiles) {
        const KeyRange keys = InTile(visible, key, kKeyTile, kMicroKeys);
        packed_.StartAt(key);
        packed_.Pack(keys.begin, keys.end);
      }
      for (int64_t first = 0; first < count_; first += kMicroRows) {
        AttendBlock(first, std::min<int64_t>(kMicroRows, count_ - first), key);
      }
    }
    for (int64_t i = 0; i < count_; ++i)
      StoreResult(rows_[i], out_ + i * arguments_.layout.v_columns);
  }

  void LoadQueries() {
    for (int64_t i = 0; i < count_; ++i) {
      const TensorRows queries{problem_.dtype, arguments_.tensors.query,
                               Origin(arguments_.query, rows_[i].head), arguments_.query.length,
                               problem_.qk_dim};
      Products::LoadQuery(queries, rows_[i].index, arguments_.query_scale,
                          arguments_.layout.key_words, query_ + i * kQueryStride);
    }
  }

  // Rows [first, first + count) against the keys of the tile at `tile` that some of them see, in
  // whole micro-tiles.
  void AttendBlock(int64_t first, int64_t count, int64_t tile) {
    VisibleUnion visible;
    for (int64_t i = first; i < first + count; ++i) visible.Add(rows_[i].keys);
    const KeyRange range = InTile(visible, tile, kKeyTile, kMicroKeys);
    const auto [begin, end] = range;
    if (begin >= end) return;

    for (int64_t key = begin; key < end; key += kMicroKeys) {
      Products::Scores(query_ + first * kQueryStride, packed_.KeyPanel(key), count,
                       arguments_.layout.key_words, score_ + (key - begin));
    }
    const bool masked = IsMasked(visible, range);
    float factors[kMicroRows];
    for (int64_t i = 0; i < count; ++i) {
      float* scores = score_ + i * kScoreStride;
      factors[i] = Softmax(rows_[first + i], scores, begin, end, masked);
      Products::PackProbabilities(scores, end - begin);
    }
    float* out = out_ + first * arguments_.layout.v_columns;
    if (masked && !packed_.AllFinite(begin, end)) {
      AccumulateVisible(first, count, begin, end, factors);
    } else {
      Products::Accumulate(panels_, score_, packed_.values(), packed_.rows(), packed_.RowOf(begin),
                           end - begin, count, out, arguments_.layout.v_columns, factors);
    }
  }

  float Softmax(Row& row, float* scores, int64_t begin, int64_t end, bool masked) const {
    const int64_t count = end - begin;
    if constexpr (!Products::kScalesQueries) ApplyScale(scores, count, arguments_.query_scale);
    if (arguments_.soft_cap_log2 > 0) ApplySoftCap(scores, count, arguments_.soft_cap_log2);
    if (problem_.alibi) {
      ApplyAlibi(scores, count, row.slope, row.index + window_.diagonal_offset - begin);
    }
    if (masked)
      ApplyMask(scores, count, row.keys.begin - begin, row.keys.end - begin, kMinusInfinity);
    return SoftmaxRow(scores, count, row.state);
  }

  // A masked key's probability is zero, but zero times NaN or infinity is NaN: only visible keys
  // may take part.
  void AccumulateVisible(int64_t first, int64_t count, int64_t begin, int64_t end,
                         const float* factors) {
    for (int64_t i = 0; i < count; ++i) {
      const auto [from, to] = Intersection(rows_[first + i].keys, {.begin = begin, .end = end});
      Products::AccumulateRow(panels_, score_ + i * kScoreStride, packed_.values(), packed_.rows(),
                              packed_.RowOf(begin), packed_.RowOf(from), packed_.RowOf(to),
                              out_ + (first + i) * arguments_.layout.v_columns, factors[i]);
    }
  }

  void StoreResult(const Row& row, float* out) const {
    // A score above minus infinity makes the sum one at least, a NaN makes it NaN.
    const bool empty = row.state.sum == 0;
    if (empty) std::fill_n(out, problem_.v_dim, 0.0f);
    StoreRow(problem_.dtype, out, problem_.v_dim, empty ? 0.0f : 1.0f / row.state.sum,
             arguments_.tensors.out,
             Origin(arguments_.out, row.head) + row.index * arguments_.out.length);
    if (arguments_.tensors.log_sum_exp != nullptr) {
      arguments_.tensors.log_sum_exp[FirstQueryRow(problem_, sequence_, row.head) + row.index] =
          LogSumExp(row.state);
    }
  }

  // Where the sequence's rows of query head `head` begin.
  int64_t Origin(const Strides& strides, int64_t head) const {
    return sequence_.batch * strides.batch + head * strides.head +
           sequence_.first_query * strides.length;
  }

  const CpuForwardArguments& arguments_;
  const Problem& problem_;
  const Sequence sequence_;
  const KeyWindow window_;
  PackedKeys<Products> packed_;
  const Panels<kVectors> panels_;
  // In words of the products, with as many rows as whole steps of rows take.
  float* const query_;  // [count][kQueryStride]
  float* const score_;  // [kMicroRows][kScoreStride]
  float* const out_;    // [count][v_columns], fp32
  int64_t count_ = 0;
  Row rows_[kRows];
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_CPU_FORWARD_INL_H_
