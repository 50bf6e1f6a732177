// The CPU backward kernel: probabilities are recomputed from log_sum_exp (Dao, arXiv:2307.08691,
// section 3.1.2), for the target that is being compiled. Deterministic: every sum has one owner and
// one order.
#if defined(ATTUNE_ATTENTION_CPU_CPU_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_CPU_BACKWARD_INL_H_
#undef ATTUNE_ATTENTION_CPU_CPU_BACKWARD_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_CPU_BACKWARD_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "attention/cpu/backward_pack-inl.h"
#include "attention/cpu/backward_scores-inl.h"
#include "attention/cpu/cpu_backward_variant.h"
#include "attention/cpu/micro_kernel-inl.h"
#include "attention/cpu/softmax-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

// Both passes work on tiles whose rows are the side that a task owns: keys where it sums d_key and
// d_value, queries where it sums d_query. Columns are the other side.
template <CpuBackwardConfiguration kConfiguration>
class CpuBackward {
 public:
  static constexpr int kVectors = 2;
  static constexpr int kMicroRows = MicroRows(kVectors);
  static constexpr int kStep = kVectors * kLanes;
  static constexpr int kRows = std::max(1, kConfiguration.row_tile / kMicroRows) * kMicroRows;
  static constexpr int kColumns = kConfiguration.column_tile / kStep * kStep;
  static constexpr int kRowStride = static_cast<int>(kMaxHeadDim) + 16;
  static constexpr int kScoreStride = kColumns + 16;
  static constexpr bool kSinglePass = kConfiguration.passes == 1;
  static_assert(kColumns > 0);

  static constexpr CpuBackwardVariant Variant() {
    return {.configuration = kConfiguration,
            .shape = {.lanes = kLanes,
                      .micro_rows = kMicroRows,
                      .micro_step = kStep,
                      .rows = kRows,
                      .row_stride = kRowStride,
                      .score_stride = kScoreStride},
            .pack_keys = &PackKeys<kVectors, !kSinglePass>,
            .pack_queries = &PackQueries<kVectors, kSinglePass>,
            .key_pass = &KeyPass,
            .query_pass = &QueryPass,
            .single_pass = &SinglePass};
  }

  static void KeyPass(const CpuBackwardArguments& arguments, int64_t head, int64_t task,
                      char* scratch) {
    CpuBackward(arguments, head, scratch).SumKeyRows(task * kRows);
  }

  static void SinglePass(const CpuBackwardArguments& arguments, int64_t head, char* scratch) {
    CpuBackward backward(arguments, head, scratch);
    for (int64_t key = 0; key < arguments.problem.kv_len; key += kRows) backward.SumKeyRows(key);
    const Problem& problem = arguments.problem;
    for (int64_t member = 0; member < problem.q_heads / problem.kv_heads; ++member) {
      const HeadTensors tensors(arguments, head, member);
      backward.StoreRows(tensors.query, 0, problem.q_len, arguments.scale,
                         PackedQueries(arguments, head, member).d_query,
                         arguments.layout.qk_columns, arguments.tensors.d_query);
    }
  }

  static void QueryPass(const CpuBackwardArguments& arguments, int64_t head, int64_t member,
                        int64_t task, char* scratch) {
    CpuBackward(arguments, head, scratch).SumQueryRows(member, task * kRows);
  }

 private:
  using InputBlock = BlockStrides<kRowStride, 1>;
  using ScoreBlock = BlockStrides<kScoreStride, 1>;
  using TransposedScoreBlock = BlockStrides<1, kScoreStride>;

  CpuBackward(const CpuBackwardArguments& arguments, int64_t head, char* scratch)
      : arguments_(arguments),
        problem_(arguments.problem),
        layout_(arguments.layout),
        head_(head),
        keys_(arguments, head),
        qk_panels_(problem_.qk_dim),
        v_panels_(problem_.v_dim),
        first_rows_(FloatsAt(scratch, layout_.first_rows)),
        second_rows_(FloatsAt(scratch, layout_.second_rows)),
        probability_(FloatsAt(scratch, layout_.probability)),
        d_score_(FloatsAt(scratch, layout_.d_score)),
        first_sum_(FloatsAt(scratch, layout_.first_sum)),
        second_sum_(FloatsAt(scratch, layout_.second_sum)) {
    std::fill_n(ones_, kMicroRows, 1.0f);
  }

  ScoreModifiers ModifiersOf(int64_t q_head, int64_t diagonal) const {
    const float slope = problem_.alibi ? arguments_.tensors.alibi_slopes[q_head] * kLog2OfE : 0;
    return {.soft_cap = arguments_.soft_cap_log2, .slope = slope, .diagonal = diagonal};
  }

  void SumKeyRows(int64_t first) {
    const HeadTensors tensors(arguments_, head_, 0);
    const int64_t count = std::min<int64_t>(kRows, problem_.kv_len - first);
    for (int64_t i = 0; i < count; ++i) {
      tensors.key.Load(first + i, arguments_.score_scale, first_rows_ + i * kRowStride);
      tensors.value.Load(first + i, 1.0f, second_rows_ + i * kRowStride);
    }
    std::fill_n(first_sum_, count * layout_.qk_columns, 0.0f);
    std::fill_n(second_sum_, count * layout_.v_columns, 0.0f);
    VisibleUnion visible;
    for (int64_t i = 0; i < count; ++i) visible.Add(Queries(first + i));
    for (int64_t member = 0; member < problem_.q_heads / problem_.kv_heads; ++member) {
      const PackedQueries queries(arguments_, head_, member);
      for (int64_t tile = visible.begin / kColumns * kColumns; tile < visible.end;
           tile += kColumns) {
        KeyTile(queries, tensors.q_head + member, first, count, tile);
      }
    }
    StoreRows(tensors.key, first, count, arguments_.scale, first_sum_, layout_.qk_columns,
              arguments_.tensors.d_key);
    StoreRows(tensors.value, first, count, 1.0f, second_sum_, layout_.v_columns,
              arguments_.tensors.d_value);
  }

  // Keys [first, first + count) against the queries of the tile at `tile`.
  void KeyTile(const PackedQueries& queries, int64_t q_head, int64_t first, int64_t count,
               int64_t tile) {
    VisibleUnion tile_visible;
    for (int64_t i = 0; i < count; ++i) tile_visible.Add(Queries(first + i));
    const KeyRange tile_range = InTile(tile_visible, tile, kColumns, kStep);
    for (int64_t block = 0; block < count; block += kMicroRows) {
      const int64_t rows = std::min<int64_t>(kMicroRows, count - block);
      VisibleUnion visible;
      for (int64_t i = 0; i < rows; ++i) visible.Add(Queries(first + block + i));
      const KeyRange range = InTile(visible, tile, kColumns, kStep);
      float* d_score = d_score_ + block * kScoreStride;
      if (kSinglePass && (range.begin > tile_range.begin || range.end < tile_range.end)) {
        std::fill_n(d_score, rows * kScoreStride, 0.0f);
      }
      if (range.begin >= range.end) continue;
      // Columns keep their places in the tile, which the product for d_query counts on.
      const int64_t column = range.begin - tile;
      const bool masked = IsMasked(visible, range);
      MultiplyTransposed(block, rows, range, queries.query_transposed, problem_.qk_dim, first_rows_,
                         probability_ + column);
      MultiplyTransposed(block, rows, range, queries.d_out_transposed, problem_.v_dim, second_rows_,
                         d_score + column);
      for (int64_t i = 0; i < rows; ++i) {
        const int64_t key = first + block + i;
        const int64_t diagonal = key - arguments_.window.diagonal_offset - range.begin;
        float* p = probability_ + i * kScoreStride + column;
        float* ds = d_score + i * kScoreStride + column;
        ScoreGradients<true>(ModifiersOf(q_head, diagonal),
                             {queries.log_sum_exp + range.begin, queries.delta + range.begin},
                             range.end - range.begin, p, ds);
        if (masked) ClearMasked(Queries(key), range, p, ds);
      }
      const auto visible_queries = [&](int64_t i) { return Queries(first + block + i); };
      Accumulate(v_panels_, visible_queries, rows, range, masked, queries.d_out,
                 queries.d_out_finite, layout_.q_rows, probability_ + column,
                 second_sum_ + block * layout_.v_columns, layout_.v_columns);
      Accumulate(qk_panels_, visible_queries, rows, range, masked, queries.query,
                 queries.query_finite, layout_.q_rows, d_score + column,
                 first_sum_ + block * layout_.qk_columns, layout_.qk_columns);
    }
    if constexpr (kSinglePass) AccumulateQueries(queries, first, count, tile, tile_range);
  }

  // d_query of the queries in `range` += the tile's score gradients, transposed, times the keys.
  void AccumulateQueries(const PackedQueries& queries, int64_t first, int64_t count, int64_t tile,
                         KeyRange range) {
    const KeyRange keys{.begin = first, .end = first + count};
    const bool finite = AllFinite(keys_.key_finite, keys);
    for (int64_t query = range.begin; query < range.end; query += kMicroRows) {
      const int64_t rows = std::min<int64_t>(kMicroRows, range.end - query);
      float* sums = queries.d_query + query * layout_.qk_columns;
      const float* d_score = d_score_ + (query - tile);
      if (finite) {
        MultiplyPanels<TransposedScoreBlock, kVectors>(qk_panels_, d_score, keys_.key,
                                                       layout_.kv_rows, first, count, rows, sums,
                                                       layout_.qk_columns, ones_);
        continue;
      }
      for (int64_t i = 0; i < rows && query + i < problem_.q_len; ++i) {
        const auto [from, to] = Intersection(Keys(query + i), keys);
        MultiplyPanels<TransposedScoreBlock, kVectors>(
            qk_panels_, d_score + i + (from - first) * kScoreStride, keys_.key, layout_.kv_rows,
            from, to - from, 1, sums + i * layout_.qk_columns, layout_.qk_columns, ones_);
      }
    }
  }

  void SumQueryRows(int64_t member, int64_t first) {
    const HeadTensors tensors(arguments_, head_, member);
    const int64_t count = std::min<int64_t>(kRows, problem_.q_len - first);
    for (int64_t i = 0; i < count; ++i) {
      tensors.query.Load(first + i, arguments_.score_scale, first_rows_ + i * kRowStride);
      tensors.d_out.Load(first + i, 1.0f, second_rows_ + i * kRowStride);
    }
    std::fill_n(first_sum_, count * layout_.qk_columns, 0.0f);
    VisibleUnion visible;
    for (int64_t i = 0; i < count; ++i) visible.Add(Keys(first + i));
    const PackedQueries queries(arguments_, head_, member);
    for (int64_t tile = visible.begin / kColumns * kColumns; tile < visible.end; tile += kColumns) {
      for (int64_t block = 0; block < count; block += kMicroRows) {
        QueryBlock(queries, tensors.q_head, first, block,
                   std::min<int64_t>(kMicroRows, count - block), tile);
      }
    }
    StoreRows(tensors.query, first, count, arguments_.scale, first_sum_, layout_.qk_columns,
              arguments_.tensors.d_query);
  }

  // Queries [first + block, first + block + rows) against the keys of the tile at `tile`.
  void QueryBlock(const PackedQueries& queries, int64_t q_head, int64_t first, int64_t block,
                  int64_t rows, int64_t tile) {
    VisibleUnion visible;
    for (int64_t i = 0; i < rows; ++i) visible.Add(Keys(first + block + i));
    const KeyRange range = InTile(visible, tile, kColumns, kStep);
    if (range.begin >= range.end) return;
    const bool masked = IsMasked(visible, range);
    MultiplyTransposed(block, rows, range, keys_.key_transposed, problem_.qk_dim, first_rows_,
                       probability_);
    MultiplyTransposed(block, rows, range, keys_.value_transposed, problem_.v_dim, second_rows_,
                       d_score_);
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t query = first + block + i;
      const int64_t diagonal = query + arguments_.window.diagonal_offset - range.begin;
      float* p = probability_ + i * kScoreStride;
      float* ds = d_score_ + i * kScoreStride;
      ScoreGradients<false>(ModifiersOf(q_head, diagonal),
                            {queries.log_sum_exp + query, queries.delta + query},
                            range.end - range.begin, p, ds);
      if (masked) ClearMasked(Keys(query), range, p, ds);
    }
    Accumulate(
        qk_panels_, [&](int64_t i) { return Keys(first + block + i); }, rows, range, masked,
        keys_.key, keys_.key_finite, layout_.kv_rows, d_score_,
        first_sum_ + block * layout_.qk_columns, layout_.qk_columns);
  }

  KeyRange Keys(int64_t query) const { return arguments_.window.Keys(query, problem_.kv_len); }
  KeyRange Queries(int64_t key) const { return arguments_.window.Queries(key, problem_.q_len); }

  // scores[rows][range] = inputs[block, block + rows) times transposed panels.
  static void MultiplyTransposed(int64_t block, int64_t rows, KeyRange range, const float* panels,
                                 int64_t depth, const float* inputs, float* scores) {
    for (int64_t column = range.begin; column < range.end; column += kStep) {
      MultiplyPanel<InputBlock, kVectors, kVectors>(
          inputs + block * kRowStride, panels + column * depth, rows, depth,
          scores + (column - range.begin), kScoreStride, nullptr);
    }
  }

  static void ClearMasked(KeyRange visible, KeyRange range, float* probability, float* d_score) {
    const int64_t count = range.end - range.begin;
    const int64_t begin = visible.begin - range.begin;
    const int64_t end = visible.end - range.begin;
    ApplyMask(probability, count, begin, end, 0.0f);
    ApplyMask(d_score, count, begin, end, 0.0f);
  }

  static bool AllFinite(const bool* finite, KeyRange range) {
    return std::all_of(finite + range.begin / kStep, finite + (range.end + kStep - 1) / kStep,
                       [](bool tile_finite) { return tile_finite; });
  }

  // sums[rows] += scores[rows][range] times rows `range` of panels. Where masked columns meet
  // values that are not finite, zero times which is NaN, only visible columns take part.
  template <class VisibleOfRow>
  void Accumulate(const Panels<kVectors>& panels, const VisibleOfRow& visible_of_row, int64_t rows,
                  KeyRange range, bool masked, const float* packed, const bool* finite,
                  int64_t panel_rows, const float* scores, float* sums, int64_t sum_stride) const {
    if (!masked || AllFinite(finite, range)) {
      MultiplyPanels<ScoreBlock, kVectors>(panels, scores, packed, panel_rows, range.begin,
                                           range.end - range.begin, rows, sums, sum_stride, ones_);
      return;
    }
    for (int64_t i = 0; i < rows; ++i) {
      const auto [from, to] = Intersection(visible_of_row(i), range);
      MultiplyPanels<ScoreBlock, kVectors>(panels, scores + i * kScoreStride + (from - range.begin),
                                           packed, panel_rows, from, to - from, 1,
                                           sums + i * sum_stride, sum_stride, ones_);
    }
  }

  // Writes fp32 rows where a gradient's rows [first, first + count) lie, which is as `like`'s do.
  static void StoreRows(const TensorRows& like, int64_t first, int64_t count, float scale,
                        const float* rows, int64_t row_stride, void* gradient) {
    for (int64_t i = 0; i < count; ++i) {
      StoreRow(like.dtype, rows + i * row_stride, like.columns, scale, gradient,
               like.origin + (first + i) * like.stride);
    }
  }

  const CpuBackwardArguments& arguments_;
  const Problem& problem_;
  const CpuBackwardLayout& layout_;
  const int64_t head_;
  const PackedKeys keys_;
  const Panels<kVectors> qk_panels_;
  const Panels<kVectors> v_panels_;
  float* const first_rows_;
  float* const second_rows_;
  float* const probability_;
  float* const d_score_;
  float* const first_sum_;
  float* const second_sum_;
  float ones_[kMicroRows];
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_CPU_BACKWARD_INL_H_
