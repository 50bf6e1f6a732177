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

#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/micro_kernel-inl.h"
#include "attention/cpu/pack-inl.h"
#include "attention/cpu/softmax-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

// One packed key-value head of the workspace.
struct PackedHead {
  PackedHead(const CpuForwardArguments& arguments, int64_t head) {
    char* start = arguments.workspace + (head - arguments.first_head) * arguments.layout.head_bytes;
    key = reinterpret_cast<float*>(start);
    value = reinterpret_cast<float*>(start + arguments.layout.value_offset);
    finite = reinterpret_cast<bool*>(start + arguments.layout.flags_offset);
  }
  float* key;
  float* value;
  bool* finite;
};

template <CpuForwardConfiguration kConfiguration>
class CpuForward {
 public:
  static constexpr int kVectors = kConfiguration.micro_vectors;
  static constexpr int kMicroRows = MicroRows(kVectors);
  static constexpr int kMicroKeys = kVectors * kLanes;
  static constexpr int kRows = std::max(1, kConfiguration.query_tile / kMicroRows) * kMicroRows;
  static constexpr int kKeyTile = kConfiguration.key_tile / kMicroKeys * kMicroKeys;
  // A vector more than the row, which keeps rows of a micro-tile in different sets of the cache.
  static constexpr int kQueryStride = static_cast<int>(kMaxHeadDim) + 16;
  static constexpr int kScoreStride = kKeyTile + 16;
  static_assert(kKeyTile > 0);

  static constexpr CpuForwardVariant Variant() {
    return {.configuration = kConfiguration,
            .shape = {.lanes = kLanes,
                      .micro_rows = kMicroRows,
                      .micro_keys = kMicroKeys,
                      .query_rows = kRows,
                      .query_stride = kQueryStride,
                      .score_stride = kScoreStride},
            .pack = &Pack,
            .attend = &Attend};
  }

  static void Pack(const CpuForwardArguments& arguments, int64_t head, int64_t task) {
    const Problem& problem = arguments.problem;
    const PackedHead packed(arguments, head);
    const int64_t batch = head / problem.kv_heads;
    const int64_t kv_head = head % problem.kv_heads;
    const TensorRows keys{problem.dtype, arguments.tensors.key,
                          batch * arguments.key.batch + kv_head * arguments.key.head,
                          arguments.key.length, problem.qk_dim};
    const TensorRows values{problem.dtype, arguments.tensors.value,
                            batch * arguments.value.batch + kv_head * arguments.value.head,
                            arguments.value.length, problem.v_dim};
    const int64_t tiles = arguments.layout.kv_rows / kMicroKeys;
    const int64_t last = std::min(tiles, (task + 1) * kPackTilesPerTask);
    for (int64_t tile = task * kPackTilesPerTask; tile < last; ++tile) {
      const int64_t first = tile * kMicroKeys;
      PackTransposedPanel<kMicroKeys>(keys, first, problem.kv_len,
                                      packed.key + first * problem.qk_dim);
      packed.finite[tile] = PackPanels<kVectors>(values, first, first + kMicroKeys, problem.kv_len,
                                                 arguments.layout.kv_rows, packed.value);
    }
  }

  static void Attend(const CpuForwardArguments& arguments, int64_t head, int64_t task,
                     char* scratch) {
    CpuForward(arguments, head, task, scratch).Run();
  }

 private:
  using QueryBlock = BlockStrides<kQueryStride, 1>;
  using ScoreBlock = BlockStrides<kScoreStride, 1>;

  // A stacked query row.
  struct Row {
    int64_t head;   // of q_heads
    int64_t index;  // in q_len
    int64_t begin;  // keys [begin, end) are visible
    int64_t end;
    float slope;  // ALiBi's, in units of log 2
    RowState state;
  };

  // Keys that some row of a block sees, and those that every row sees.
  struct Visible {
    int64_t begin = INT64_MAX;
    int64_t end = 0;
    int64_t all_begin = 0;
    int64_t all_end = INT64_MAX;

    void Add(const Row& row) {
      all_begin = std::max(all_begin, row.begin);
      all_end = std::min(all_end, row.end);
      if (row.begin == row.end) return;
      begin = std::min(begin, row.begin);
      end = std::max(end, row.end);
    }
  };

  CpuForward(const CpuForwardArguments& arguments, int64_t head, int64_t task, char* scratch)
      : arguments_(arguments),
        problem_(arguments.problem),
        packed_(arguments, head),
        panels_(problem_.v_dim),
        batch_(head / problem_.kv_heads),
        query_(reinterpret_cast<float*>(scratch)),
        score_(reinterpret_cast<float*>(scratch + arguments.layout.score_offset)),
        out_(reinterpret_cast<float*>(scratch + arguments.layout.out_offset)) {
    const int64_t group = problem_.q_heads / problem_.kv_heads;
    const int64_t first = task * kRows;
    count_ = std::min<int64_t>(kRows, group * problem_.q_len - first);
    for (int64_t i = 0; i < count_; ++i) {
      rows_[i] = MakeRow((head % problem_.kv_heads) * group + (first + i) / problem_.q_len,
                         (first + i) % problem_.q_len);
    }
  }

  Row MakeRow(int64_t head, int64_t index) const {
    Row row{.head = head, .index = index, .begin = 0, .end = 0, .slope = 0, .state = {}};
    const KeyRange visible = arguments_.window.Keys(index, problem_.kv_len);
    row.begin = visible.begin;
    row.end = visible.end;
    if (problem_.alibi) row.slope = arguments_.tensors.alibi_slopes[head] * kLog2OfE;
    return row;
  }

  void Run() {
    Visible visible;
    for (int64_t i = 0; i < count_; ++i) visible.Add(rows_[i]);
    if (visible.begin < visible.end) {
      LoadQueries();
      std::fill_n(out_, count_ * arguments_.layout.v_columns, 0.0f);
    }
    for (int64_t key = visible.begin / kKeyTile * kKeyTile; key < visible.end; key += kKeyTile) {
      for (int64_t first = 0; first < count_; first += kMicroRows) {
        AttendBlock(first, std::min<int64_t>(kMicroRows, count_ - first), key);
      }
    }
    for (int64_t i = 0; i < count_; ++i)
      StoreResult(rows_[i], out_ + i * arguments_.layout.v_columns);
  }

  void LoadQueries() {
    for (int64_t i = 0; i < count_; ++i) {
      const int64_t origin = batch_ * arguments_.query.batch +
                             rows_[i].head * arguments_.query.head +
                             rows_[i].index * arguments_.query.length;
      LoadRow(problem_.dtype, arguments_.tensors.query, origin, problem_.qk_dim,
              arguments_.query_scale, query_ + i * kQueryStride);
    }
  }

  // Rows [first, first + count) against the keys of the tile at `tile` that some of them see, in
  // whole micro-tiles.
  void AttendBlock(int64_t first, int64_t count, int64_t tile) {
    Visible visible;
    for (int64_t i = first; i < first + count; ++i) visible.Add(rows_[i]);
    const int64_t begin = std::max(visible.begin, tile) / kMicroKeys * kMicroKeys;
    const int64_t last = std::min<int64_t>(visible.end, tile + kKeyTile);
    const int64_t end = (last + kMicroKeys - 1) / kMicroKeys * kMicroKeys;
    if (begin >= end) return;

    for (int64_t key = begin; key < end; key += kMicroKeys) {
      MultiplyPanel<QueryBlock, kVectors, kVectors>(
          query_ + first * kQueryStride, packed_.key + key * problem_.qk_dim, count,
          problem_.qk_dim, score_ + (key - begin), kScoreStride, nullptr);
    }
    const bool masked = visible.all_begin > begin || visible.all_end < end;
    float factors[kMicroRows];
    for (int64_t i = 0; i < count; ++i) {
      factors[i] = Softmax(rows_[first + i], score_ + i * kScoreStride, begin, end, masked);
    }
    float* out = out_ + first * arguments_.layout.v_columns;
    if (masked && !AllFinite(begin, end)) {
      AccumulateVisible(first, count, begin, end, factors);
    } else {
      MultiplyPanels<ScoreBlock, kVectors>(panels_, score_, packed_.value,
                                           arguments_.layout.kv_rows, begin, end - begin, count,
                                           out, arguments_.layout.v_columns, factors);
    }
  }

  float Softmax(Row& row, float* scores, int64_t begin, int64_t end, bool masked) const {
    const int64_t count = end - begin;
    if (arguments_.soft_cap_log2 > 0) ApplySoftCap(scores, count, arguments_.soft_cap_log2);
    if (problem_.alibi) {
      ApplyAlibi(scores, count, row.slope, row.index + arguments_.window.diagonal_offset - begin);
    }
    if (masked) ApplyMask(scores, count, row.begin - begin, row.end - begin, kMinusInfinity);
    return SoftmaxRow(scores, count, row.state);
  }

  bool AllFinite(int64_t begin, int64_t end) const {
    return std::all_of(packed_.finite + begin / kMicroKeys, packed_.finite + end / kMicroKeys,
                       [](bool finite) { return finite; });
  }

  // A masked key's probability is zero, but zero times NaN or infinity is NaN: only visible keys
  // may take part.
  void AccumulateVisible(int64_t first, int64_t count, int64_t begin, int64_t end,
                         const float* factors) {
    for (int64_t i = 0; i < count; ++i) {
      const Row& row = rows_[first + i];
      const int64_t from = std::clamp(row.begin, begin, end);
      const int64_t to = std::clamp(row.end, from, end);
      MultiplyPanels<ScoreBlock, kVectors>(panels_, score_ + i * kScoreStride + (from - begin),
                                           packed_.value, arguments_.layout.kv_rows, from,
                                           to - from, 1,
                                           out_ + (first + i) * arguments_.layout.v_columns,
                                           arguments_.layout.v_columns, factors + i);
    }
  }

  void StoreResult(const Row& row, float* out) const {
    // A row that sees keys has a sum of one at least, unless every score is minus infinity: 0 / 0.
    const bool empty = row.begin == row.end;
    if (empty) std::fill_n(out, problem_.v_dim, 0.0f);
    const int64_t origin = batch_ * arguments_.out.batch + row.head * arguments_.out.head +
                           row.index * arguments_.out.length;
    StoreRow(problem_.dtype, out, problem_.v_dim, empty ? 0.0f : 1.0f / row.state.sum,
             arguments_.tensors.out, origin);
    if (arguments_.tensors.log_sum_exp != nullptr) {
      arguments_.tensors
          .log_sum_exp[(batch_ * problem_.q_heads + row.head) * problem_.q_len + row.index] =
          empty ? kMinusInfinity : LogSumExp(row.state);
    }
  }

  const CpuForwardArguments& arguments_;
  const Problem& problem_;
  const PackedHead packed_;
  const Panels<kVectors> panels_;
  const int64_t batch_;
  float* const query_;  // [count][kQueryStride]
  float* const score_;  // [kMicroRows][kScoreStride]
  float* const out_;    // [count][v_columns]
  int64_t count_ = 0;
  Row rows_[kRows];
};

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_CPU_FORWARD_INL_H_
